# cmake --install: bin/ with the programs, share/nlbench/ with what they look up relative to themselves. The tree may be moved. The worker
# looks for LibTorch in lib/torch/lib of the tree (a copy or a link) and for CUDA's runtime in nvidia/cu13/lib beside torch, as a wheel has
# them; then where both were when nlbench was built.
include(GNUInstallDirs)
install(DIRECTORY "${PROJECT_SOURCE_DIR}/protocols/" DESTINATION "${CMAKE_INSTALL_DATADIR}/nlbench/protocols"
        FILES_MATCHING PATTERN "*.json")
install(DIRECTORY "${PROJECT_SOURCE_DIR}/templates/" DESTINATION "${CMAKE_INSTALL_DATADIR}/nlbench/templates")
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}")
