// Carries the precompiled LibTorch header that all LibTorch targets share (nlb_torch.cmake).
