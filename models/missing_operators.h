#pragma once
/// Operators of newer PyTorch that the LibTorch at hand may lack. Registered when the program
/// starts, so that TorchScript files that call them load, run and differentiate.

namespace certify {

/// Each is `aten::NAME` with the meaning that PyTorch 2.15 gives it. What LibTorch has is left alone.
/// Called before a file is loaded; does nothing the second time.
void register_missing_operators();

}  // namespace certify
