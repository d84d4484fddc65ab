#pragma once

namespace certify {

/// The slope s of the line p_1 = d + s p_2 that touches a level of Φ⁻¹(p_1) - Φ⁻¹(p_2) at the given
/// means: φ(Φ⁻¹(mean_1)) / φ(Φ⁻¹(mean_2)). A lower bound on the mean of X^1 - s X^2 is then nearly
/// as good as one on the second margin itself. Any slope is valid; it must not depend on the
/// samples that are bounded. Means are cut to [0.05, 0.95]: the tangent at a rival that hardly
/// scores is so steep that the range of the bounded variable drowns the gain.
/// @throws InputError for means outside [0, 1].
double tangent_slope(double mean_1, double mean_2);

/// The smallest Φ⁻¹(p_1) - Φ⁻¹(p_2) over all p_1 >= d + s p_2, p_1 + p_2 <= 1, rounded down by at
/// most 1e-10; -infinity unless it is positive. Where the line touches a level is known in closed
/// form. Source: methods.md §2, D.
double least_margin_on_line(double d, double slope);

}  // namespace certify
