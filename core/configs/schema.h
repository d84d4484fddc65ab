#pragma once

#include "core/configs/option_values.h"

namespace certify {

/// JSON Schema (draft 2020-12) of an experiment file, made from the table of options, for editors
/// and for programs that write such files.
Json experiment_schema();

}  // namespace certify
