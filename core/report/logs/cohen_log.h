#pragma once
/// The lingua franca of randomized smoothing: the tab-separated log of Cohen et al. (2019), which
/// their followers read and write, with our full-precision columns after Cohen's.

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/certificate.h"
#include "core/curves/radius_log.h"
#include "core/methods/method.h"

namespace certify {

/// Whether a column holds logarithms of areas: log_area, log_volume.
bool is_log_area(std::string_view column);

/// Reads a log by its column names: `idx`, `label`, `predict`, `correct` and a radius are required,
/// `time`, `method`, `alpha` and the counts of certificates.tsv are used when there, other columns
/// are passed over. Blank lines, CRLF, a byte order mark, blanks around tabs, repeated header lines
/// and text after the last row are accepted. `correct` may be a flag (0, 1, True, False) or a
/// running count (correct_column.h). Told in `notes`: repeated headers, text, a running count,
/// skipped images (predict -2, counted as abstentions), and radii that certify nothing.
///
/// A negative or infinite radius certifies nothing. Its image counts as abstained, with radius 0,
/// even where `correct` is 1. NaN is refused: it is what is left of a calculation that failed, and
/// what else went wrong there is not known.
/// @param name what messages call the file and RadiusLog::name
/// @param radius_column  which column holds the radius. Empty: `radius_full` where there is one
/// (ours: the three digits of `radius` are rounded down), else `radius_l1_full`, else `radius`.
/// @throws DataError with `name:line:` for what cannot be a row, a broken last line included: a
/// missing column, a log of PREDICT, another number of fields, a number that is none, NaN,
/// `correct` that contradicts predict and label, a method that proves nothing, an image that occurs
/// twice; and for no rows at all.
RadiusLog parse_cohen_log(std::string_view content, const std::string& name,
                          const std::string& radius_column = {});

/// The same from a file, plain or gzip, or from a run's folder, that is its certificates.tsv, or
/// its radii.tsv for a column such as radius_l1. The log is named after the file without .tsv,
/// .txt, .tsv.gz or .txt.gz, or after the folder.
/// @throws IoError for an unreadable file; DataError as above, for damaged gzip, and for a run of
/// PREDICT.
RadiusLog read_cohen_log(const std::filesystem::path& file_or_run,
                         const std::string& radius_column = {});

/// Every column `radius_NAME` of radii.tsv, in its order, as a log. Same errors.
std::vector<std::pair<std::string, RadiusLog>> read_named_radii(const std::filesystem::path& file);

/// certificates.tsv: Cohen's columns in Cohen's formats, the radius rounded down to three digits;
/// then ours, each number in the fewest digits that give back the same double. Lines end in '\n'.
/// Of runs with a map of sigma `radius_mahalanobis log_area log_volume` come last (-inf: nothing is
/// certified), of noise that takes a part of alpha `noise_alpha`.
/// Of noise that proves another norm than ℓ2 the two columns of the radius are radius_l1 and
/// radius_l1_full.
struct RowColumns {
  bool ellipsoid = false, noise_alpha = false;
  std::string_view norm = "l2";
};
RowColumns columns_of(const MethodOptions& options);
std::string certificates_header(RowColumns columns = {});
std::string certificates_row(const Certificate& certificate);

/// The log of PREDICT: a class or an abstention, no radius.
std::string predictions_header(RowColumns columns = {});
std::string predictions_row(const Certificate& certificate);

/// radii.tsv: the radii of certificates that have several, in the columns of Mohapatra et al.
/// (2020): idx, label, predict, radius_<name> for each radius, correct, time, then proof_<name> =
/// "λ0,λ1,λ2" where a radius has one, "-" where it needs none. Radii in the fewest digits that give
/// back the same double. Empty for certificates without radii. @pre all have the same names
std::string radii_tsv(const std::vector<Certificate>& certificates);

/// What parse_cohen_log() makes of the certificates' rows, without a name.
RadiusLog to_radius_log(std::span<const Certificate> certificates);

}  // namespace certify
