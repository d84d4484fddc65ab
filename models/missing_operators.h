#pragma once
/// Operators of newer PyTorch that the LibTorch at hand may lack, so that TorchScript files that
/// call them load, run and differentiate. The scripts and traces of 139 classifiers, one of each
/// family of timm 1.0.31, torchvision 0.29.2 and transformers 5.24.0, lack no others in
/// LibTorch 1.13.

namespace certify {

/// Each is `aten::NAME` with the meaning that PyTorch 2.15 gives it. What LibTorch has is left
/// alone. Called before a file is loaded; does nothing the second time.
void register_missing_operators();

}  // namespace certify
