#include "apps/certify/commands.h"

#include <algorithm>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include "core/base/errors.h"
#include "core/methods/catalogue.h"
#include "core/report/tables/text.h"

namespace certify {
namespace {

/// What `certify methods NAME` says of a method beyond what the method says of itself: plain
/// paragraphs, not wrapped.
struct MethodText {
  std::string formula;  ///< the radius, and the bounds it is made of
  std::string assumes;  ///< what has to be true for the guarantee to hold
  std::string alpha;    ///< what the failure probability is spent on
  std::string use;      ///< when to take it, and when another
};

constexpr const char* kVotesAssume =
    "Noise drawn afresh for each sample; the class fixed by other samples (n0), by the label, or "
    "paid for as below. Nothing about the network.";
constexpr const char* kScoresAssume =
    "Noise drawn afresh for each sample; scores in [0, 1] (softmax or sparsemax). The smoothed "
    "classifier is the mean of the scores, not a majority of votes: the temperature "
    "is part of it.";
constexpr const char* kVerifiedAlpha =
    "With --select same a tenth of alpha goes to the test that the class with most votes is the "
    "most likely one (Hung & Fithian 2019), 9/10 are left. With n0 or label: all of alpha.";
constexpr const char* kUnionAlpha =
    " With --select same, alpha is divided by the number of classes: prefer n0 or label.";

constexpr const char* kFirstOrderAlpha =
    "Half on the probability, a quarter on the lower bound on the gradient's l2 norm, the rest in "
    "equal parts on the upper bounds (l2, l-infinity, each channel). All radii of a row hold "
    "together.";

const std::map<std::string_view, MethodText>& texts_on_votes() {
  static const std::map<std::string_view, MethodText> texts = {
      {"cohen",
       {"radius = sigma Φ⁻¹(p_lower), where p_lower is the Clopper-Pearson lower bound on the "
        "probability of the class: the p at which P[Bin(n, p) >= n_top] = alpha. Abstains unless "
        "p_lower > 1/2.",
        kVotesAssume,
        "All of it on p_lower; the other classes share the rest. With --select same half of it, "
        "which is enough because only a majority is ever certified.",
        "The default, and what published curves use. Where the class has much less than all votes "
        "and several others share the rest, second-margin gives more."}},
      {"two-sided",
       {"radius = sigma/2 (Φ⁻¹(p_lower) - Φ⁻¹(p_upper)), Clopper-Pearson bounds at alpha / 2 each; "
        "p_upper bounds the most frequent other class, and is at most 1 - p_lower.",
        kVotesAssume,
        std::string("Half on p_lower, half on p_upper; all other classes share it, for the bound "
                    "of the largest count is at least the true runner-up's. ") +
            kVerifiedAlpha,
        "Beats cohen when the other votes are spread over many classes, as on ImageNet; can "
        "certify below 1/2. second-margin is tighter, most of all with few samples."}},
      {"first-margin",
       {"radius = sigma Φ⁻¹((1 + d) / 2), d the exact lower bound on p_A - p_B from X_A - X_B = t: "
        "the smallest d at which max_s P(X_A - X_B >= t) > alpha, p_A + p_B = s. Where n + t is "
        "even, that is Clopper-Pearson for (n + t) / 2 out of n.",
        kVotesAssume, std::string("All of it on the one margin. ") + kVerifiedAlpha,
        "As a baseline for margins. second-margin has the larger radius nearly always, because a "
        "margin of quantiles says more than a difference of probabilities."}},
      {"second-margin",
       {"radius = sigma/2 m, m Buehler's exact lower bound on Φ⁻¹(p_A) - Φ⁻¹(p_B): the smallest m "
        "at which max P(S(X) >= S(x)) > alpha, S the delta-method lower limit of the margin. Never "
        "above 2 Φ⁻¹(alpha^(1/n)). Above 200,000 samples: two-sided, and the row says so.",
        kVotesAssume, std::string("All of it on the one margin. ") + kVerifiedAlpha,
        "The tightest on votes, most of all with few samples. Costs some milliseconds an image at "
        "n = 100,000. The worst probabilities are found by a search, not in closed form."}},
      {"cohen-sequential",
       {"radius = sigma Φ⁻¹(p_lower). Where sampling stopped after t samples: p_lower is the "
        "largest p0 with E_t(p0) >= 10/alpha, E_t the likelihood ratio against p0 averaged over "
        "Jeffreys' "
        "prior above p0. Where all n were drawn: Clopper-Pearson at 9/10 alpha, and the row says "
        "(all n).",
        "As cohen, and nothing about when or why sampling stopped. The class comes from n0 samples "
        "or the label; --select same is refused.",
        "A tenth on the bound that holds at all sample sizes together (Ville's inequality), the "
        "rest on the bound at n.",
        "With --stop-at, where the others are invalid: most images need a few hundred samples. "
        "Where all n are drawn the radius is .999 of cohen's or more from n = 100,000 on."}},
      {"enumerated",
       {"radius = (n_top - n_runner_up) / 510, just below it, in l1: a move of the image by a "
        "level of 8 bits changes one of the n samples at most.",
        "All n places of the cuts of --noise splitting:all are taken, each once; images of 8 bits, "
        "before and after the move. Nothing about the network.",
        "None: the certificate is true, and not only likely.",
        "For l1 radii without a failure probability, from 510 lambda samples an image."}},
      {"predict",
       {"The class with most votes, if 2 P[Bin(n_A + n_B, 1/2) >= n_A] <= alpha; else it abstains.",
        "Noise drawn afresh for each sample. Choosing the class is part of the test.",
        "All of it on the test.",
        "To know what the smoothed classifier answers, without a radius: a hundred samples do."}},
      {"lecuyer",
       {"radius = max over β of sigma β / √(2 ln(1.25 (1 + e^β) / (p_A - e^{2β} p_B))), from the "
        "two bounds of two-sided.",
        kVotesAssume, std::string("As two-sided. ") + kVerifiedAlpha,
        "To compare with the literature before 2019. Never above two-sided."}},
      {"li",
       {"radius = max over a of sigma √(-(2/a) ln(1 - p_A - p_B + 2 M)), "
        "M = (½ (p_A^{1-a} + p_B^{1-a}))^{1/(1-a)}, from the two bounds of two-sided.",
        kVotesAssume, std::string("As two-sided. ") + kVerifiedAlpha,
        "To compare with the literature before 2019. Never above two-sided."}},
      {"first-order",
       {"P[f = c] >= λ0 p + λ1 a + λ2 b - E(λ0 + λ1 z1 + λ2 z2 - e^{r z1 - r²/2})₊ at distance r, "
        "for any λ >= 0; p the Clopper-Pearson bound, a >= -max |u·δ|/r and b the rest of u = "
        "σ∇P[f = c], bounded from two independent averages of z (1[f = c] - 1/2). Each radius is "
        "the largest r with that at 1/2, and never below the l2 radius; linf: that over √d.",
        "Noise N(0, sigma² I) drawn afresh for each sample; the class fixed by other samples (n0) "
        "or by the label. Nothing about the network.",
        kFirstOrderAlpha,
        "For l1 and colour-channel radii, which are larger than cohen's where the gradient is "
        "short (n in the 100,000s). The row's radius is l2, which gains little and costs half of "
        "alpha. All radii with their λ: radii.tsv."}},
      {"first-order-tight",
       {"As first-order, with 0.4022 in place of 1/4 + 3/√(8πe) = 0.613 for the sub-Gaussian "
        "variance proxy of z (1[f = c] - 1/2): bounds on the gradient are √1.5 times closer.",
        "As first-order, and that 0.40218 is the supremum over all votes: it was found as the "
        "maximum over a family with one parameter, numerically.",
        kFirstOrderAlpha,
        "Where that maximum is trusted: all radii are at least those of first-order."}},
  };
  return texts;
}

struct Part {
  std::string_view name;
  const char* formula;
  const char* alpha;
  const char* use;
};

constexpr Part kMargins[] = {
    {"first-direct",
     "radius = sigma Φ⁻¹((1 + d) / 2), d a lower bound on the mean of Z, the "
     "tested class's score minus the largest other.",
     "All of it on the one mean.",
     "Where most scores are near 0 and 1 and one rival takes the rest."},
    {"first-bonferroni",
     "radius = sigma Φ⁻¹((1 + d) / 2), d = p_lower - p_upper, the two means "
     "bounded apart.",
     "Half on each of the two means.",
     "As a baseline: soft-second of the same bound is larger nearly always."},
    {"second-top", "radius = sigma Φ⁻¹(p_lower) from the tested class's mean alone.",
     "All of it on the one mean.", "Where there are two classes, or one rival has all the rest."},
    {"second-tangent",
     "radius = sigma/2 m, m the smallest Φ⁻¹(p_A) - Φ⁻¹(p_B) on the line p_A - s "
     "p_B >= d, with d a bound on the mean of X_A - s X_B and the slope s from "
     "the n0 samples.",
     "All of it on each rival's line: the true runner-up's is among them, so no union is paid.",
     "With kept means of the n0 samples; often the tightest where several rivals score."},
    {"second",
     "radius = sigma/2 (Φ⁻¹(p_lower) - Φ⁻¹(p_upper)), the two means bounded apart; "
     "p_upper is at most 1 - p_lower.",
     "Half on p_lower, half on the largest p_upper; rivals share it.", "The default on scores."},
};

constexpr Part kBounds[] = {
    {"empirical-bernstein",
     "Each mean: x̄ ∓ √(2V ln(2/a) / n) ∓ 7 ln(2/a) / (3 (n - 1)), V the "
     "sample variance (Maurer & Pontil 2009).",
     "", "The bound is the simplest and the loosest; needs only sums."},
    {"confidence-sequence",
     "Each mean: the predictable plug-in empirical-Bernstein confidence "
     "sequence (Waudby-Smith & Ramdas 2023).",
     "", "The bound holds at every sample size at once, so looking early is free."},
    {"betting",
     "Each mean: the values against which no bet multiplies its stake by 1/a "
     "(Waudby-Smith & Ramdas 2023), found by exact bisection.",
     "", "The bound is the tightest on a trace; needs the scores in the order drawn."},
    {"histogram",
     "Each mean: mixture bets on the scores, rounded to the safe edge of their bins; "
     "the order plays no part.",
     "", "The bound takes memory that does not grow with n, and shards' histograms add up."},
    {"star-bets",
     "Each mean: the first value on a grid of 32 √n steps that bets cannot multiply their stake by "
     "1/a against, where each bet aims at 1/a with the samples that are left (Voráček & Orabona "
     "2025, without the randomised last threshold).",
     "", "The bound is at its best with few samples; it is slower than betting."},
};

MethodText text_on_scores(std::string_view name) {
  for (const Part& margin : kMargins) {
    for (const Part& bound : kBounds) {
      if (name != fmt::format("soft-{}-{}", margin.name, bound.name)) continue;
      return {fmt::format("{} {}", margin.formula, bound.formula), kScoresAssume,
              std::string(margin.alpha) + kUnionAlpha, fmt::format("{} {}", margin.use, bound.use)};
    }
  }
  throw InputError("no text for method '{}'", name);
}

MethodText method_text(std::string_view name) {
  const auto found = texts_on_votes().find(name);
  return found == texts_on_votes().end() ? text_on_scores(name) : found->second;
}

constexpr std::size_t kWidth = 100;
constexpr std::size_t kIndent = 14;

std::string_view sampled(const Method& method) {
  switch (method.needs) {
    case SampleNeeds::kCounts:
      return "votes, which every run keeps";
    case SampleNeeds::kGradient:
      return "averages of the noise (--gradient)";
    case SampleNeeds::kTrace:
      return "scores in the order drawn (--scores trace)";
    case SampleNeeds::kHistogram:
      return "scores (--scores histogram or trace)";
  }
  return "";
}

/// The norm of its radii under each noise that it is proven for.
std::string proven(const Method& method) {
  std::vector<std::string> parts;
  for (const std::string_view norm : {"l2", "l1"}) {
    std::vector<std::string_view> names;
    for (const NoiseFamily* family : method.families) {
      if (family->norm == norm) names.push_back(family->name);
    }
    if (names.empty()) continue;
    parts.push_back(fmt::format("{} radii under {} noise", norm, fmt::join(names, ", ")));
    if (norm == "l1" && parts.size() > 1)
      parts.back() += ", √3 sigma (p_lower - p_upper) in place of the formula";
  }
  const bool levels = std::ranges::any_of(
      method.families, [](const NoiseFamily* family) { return family->levels_only; });
  return fmt::format("{}.{}", fmt::join(parts, "; "),
                     levels ? " Under splitting noise, of images of 8 bits only." : "");
}

/// "name:   text", the text wrapped between words and aligned.
std::string paragraph(std::string_view name, std::string_view text) {
  std::string out = fmt::format("  {:<{}}", fmt::format("{}:", name), kIndent - 2);
  std::size_t used = kIndent;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    if (used > kIndent && used + 1 + display_width(word) > kWidth) {
      out += "\n" + std::string(kIndent, ' ');
      used = kIndent;
    } else if (used > kIndent) {
      out += ' ';
      ++used;
    }
    out += word;
    used += display_width(word);
  }
  return out + "\n";
}

void explain(const std::string& name) {
  const Method& method = find_method(name);
  const MethodText text = method_text(method.name);
  std::cout << method.name << "\n\n"
            << paragraph("formula", text.formula) << paragraph("guarantees", method.guarantee)
            << paragraph("proven for",
                         method.name == "predict" ? "every noise that is drawn." : proven(method))
            << paragraph("assumes", text.assumes) << paragraph("alpha", text.alpha)
            << paragraph("needs", sampled(method)) << paragraph("use", text.use)
            << paragraph("paper", method.source);
}

}  // namespace

std::string methods_text() {
  std::string text;
  for (const Method* method : all_methods()) {
    text += fmt::format("{}\n", method->name) + paragraph("paper", method->source) +
            paragraph("needs", sampled(*method)) + paragraph("guarantees", method->guarantee) +
            "\n";
  }
  return text + "`certify methods NAME` explains one.\n";
}

void add_methods_command(CLI::App& app) {
  auto* command = app.add_subcommand("methods", "List the methods, or explain one");
  const auto name = std::make_shared<std::string>();
  command->add_option("name", *name, "The method to explain")->type_name("METHOD");
  command->callback([name] {
    if (name->empty()) {
      std::cout << methods_text();
    } else {
      explain(*name);
    }
  });
}

}  // namespace certify
