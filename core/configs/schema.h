#pragma once

#include "core/configs/option_values.h"

namespace certify {

/// JSON Schema (draft 2020-12) of an experiment file, made from the table of options, for editors
/// and for whoever writes such files by program.
Json experiment_schema();

}  // namespace certify
