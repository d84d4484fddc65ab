#pragma once
/// From the runs of an experiment to commands: what is sampled once, and what is certified from it.

#include <span>
#include <string>
#include <vector>

#include "core/plan/expansion.h"

namespace certify {

enum class JobStage { kSample, kMerge, kCertify };

std::string to_string(JobStage stage);  ///< sample, merge, certify

/// One process: `certify ARGUMENTS…`, started in the sweep's folder.
struct SweepJob {
  std::string id;
  JobStage stage = JobStage::kSample;
  std::string shard;               ///< "0/4" where sampling is cut into parts
  std::string out;                 ///< folder that it writes, relative to the sweep's
  std::string source;              ///< of kCertify: the folder whose samples it reads
  std::string result;              ///< of kCertify: its file of certificates
  std::vector<std::string> needs;  ///< ids of jobs that come before it
  std::vector<std::string> arguments;
};

/// In an order in which every job comes after those that it needs; the certify jobs come last, one
/// a run, in the order of the runs. Runs share sampling that differ only in what `recertify` can do
/// again: the method, alpha, the class under test; with a kept matrix also temperature, link and n.
std::vector<SweepJob> plan_jobs(std::span<const ExperimentRun> runs, int shards);

/// The job that certifies the run. @pre there is one
const SweepJob& certify_job_of(const ExperimentRun& run, std::span<const SweepJob> jobs);

/// jobs.tsv: id, stage, shard, out, needs, command.
std::string jobs_tsv(std::span<const SweepJob> jobs);

}  // namespace certify
