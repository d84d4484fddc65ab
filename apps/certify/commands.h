#pragma once
/// Every subcommand, by the function that adds it to the app. Parsing runs it and throws what it
/// throws; what ends with another exit code than 0 leaves it in `exit_code`.

#include <array>
#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/sigma_map/sigma_map.h"
#include "core/verify/checks/findings.h"

namespace CLI {
class App;
}

namespace certify {

class Dataset;

/// `certify sweep FILE`: all runs of an experiment, its tables, figures and report;
/// `certify sweep status DIR`: how far each job is.
void add_sweep_command(CLI::App& app, int& exit_code);

/// `certify config [FILE] [options]`: what a run or sweep would use, and who said so;
/// `certify schema`: the JSON Schema of experiment files.
void add_config_commands(CLI::App& app);

/// `certify recertify RUN|--counts FILE --method M[,M…] …`: certificates from stored samples, by
/// any method at any alpha, without sampling.
void add_recertify_command(CLI::App& app);

/// `certify region RUN INDEX`: the certified region around one image, from stored samples.
void add_region_command(CLI::App& app);

/// Images of a run whose samples are to be drawn again.
struct ResampleRequest {
  std::filesystem::path run;
  const Dataset* data = nullptr;
  std::filesystem::path denoiser;  ///< of a run that has one
  std::filesystem::path model;
  std::string device;       ///< as typed; empty: the run's kind
  std::int64_t images = 0;  ///< at most
  std::uint64_t seed = 0;   ///< of which they are
  /// Not empty: these images instead, by their index in the data set.
  std::set<std::int64_t> indices{};
  int workers = 0;  ///< 0: one a core
  bool allow_native_code = false;
};
/// Needs a network.
using Resample = std::function<VerifyReport(const ResampleRequest&)>;

/// `certify verify RUN|TSV…`: the independent check of certificates: findings and a summary on
/// stdout; `exit_code` is kFailedCheck when anything is wrong, and kData when nothing was found but
/// some rows could not be checked, or there were none.
void add_verify_command(CLI::App& app, int& exit_code, const Resample& resample);

/// `certify methods`: every method with its paper, what must have been sampled and what it
/// guarantees; `certify methods NAME` explains one.
void add_methods_command(CLI::App& app);
/// All of them, as `certify methods` lists them.
std::string methods_text();

/// `certify curve FILE|RUN…`: the table on stdout, what the readers passed over on stderr, and the
/// files asked for.
void add_curve_command(CLI::App& app);

/// `certify report PATH…`: one offline page of runs, of a sweep, or of other programs' logs;
/// `exit_code` is kFailedCheck when the checker found something, which the page shows.
void add_report_command(CLI::App& app, int& exit_code);

/// `certify merge RUN… --out DIR`: the shards of a run put together.
void add_merge_command(CLI::App& app);

/// `certify datasets`: lists the data sets, where each is looked for and whether it is there;
/// `certify datasets --export DIR --dataset NAME` writes one in CIFAR-10's binary format instead.
void add_datasets_command(CLI::App& app);

/// `certify models`: the models that are found, and what they are for.
void add_models_command(CLI::App& app);

using OpenSigmaMap = std::function<SigmaMap(const std::filesystem::path&)>;

/// `certify show --noise`: images at several σ, as a PNG or SVG sheet. `certify show INDEX --run
/// RUN`: one image of a run with its counts, radii and mean gradient, as SVG. `certify show
/// --sigma-map FILE`: the map as a PNG.
/// @param open  reads the FILE of --sigma-map; only LibTorch reads a .pt
void add_show_command(CLI::App& app, const OpenSigmaMap& open);

/// A line of `certify doctor`: what it is about, and what there is, or what to do.
struct DoctorLine {
  std::string about, text;
};
/// LibTorch, GPUs, and what this processor computes in.
using DescribeTorch = std::function<std::vector<DoctorLine>()>;

/// `certify doctor`: what this machine has, and what to do about what is missing.
void add_doctor_command(CLI::App& app, const DescribeTorch& describe_torch);

/// `certify help [TOPIC]`, a subcommand's name included. It says what `app` says when it runs.
void add_help_command(CLI::App& app);

struct NetworkCommand {
  const char* name;
  const char* about;  ///< one line
};

/// The subcommands of certify-torch: those that need a network, and `completion`, which lists the
/// options of all. `certify` lists them, and becomes certify-torch for them.
inline constexpr std::array<NetworkCommand, 7> kNetworkCommands{{
    {"predict", "Classify with the smoothed classifier, or abstain (PREDICT of Cohen et al.)"},
    {"train", "Train a network with noise, to be certified"},
    {"export", "Make a TorchScript model of a checkpoint, with the normalisation inside"},
    {"learn-sigma", "Learn a sigma for every element of the image, for large certified ellipsoids"},
    {"attack", "Attack the certified images of a run: how near is another answer?"},
    {"bench", "Samples a second of a network on this machine"},
    {"completion", "Print what completes this program's command lines: bash, or man for its page"},
}};

/// The subcommand of that name in the table, still without options.
CLI::App* add_network_command(CLI::App& app, std::string_view name);

/// The main job, `certify --dataset … --sigma …` without a subcommand, and `certify predict`.
void add_run_command(CLI::App& app, int& exit_code);

/// `certify train`: a network trained with noise, resumable, deterministic on the CPU.
void add_train_command(CLI::App& app, int& exit_code);

/// `certify export`: a checkpoint of Cohen's family as TorchScript.
void add_export_command(CLI::App& app);

/// `certify learn-sigma`: a map of sigma learned for a network, resumable, deterministic on the
/// CPU.
void add_learn_sigma_command(CLI::App& app, int& exit_code);

/// `certify attack RUN`: attacks on the certificates of a run; exit code 1 where more of them were
/// broken than their failure probability allows.
void add_attack_command(CLI::App& app, int& exit_code);

/// `certify bench`: samples a second of a network on this machine.
void add_bench_command(CLI::App& app);

/// `certify completion bash`; and, for the build, `certify completion man`. Both list what `app`
/// has when they run, so it must have every subcommand.
void add_completion_command(CLI::App& app);

}  // namespace certify
