# CMake's description of the target: cmake -DCMAKE_TOOLCHAIN_FILE=this ... (or the variable of the same
# name in the environment). It finds the toolchain relative to itself.
get_filename_component(_ukl_prefix "${CMAKE_CURRENT_LIST_DIR}/../.." ABSOLUTE)
set(_ukl_tool "${_ukl_prefix}/bin/x86_64-ukl-linux-gnu-")

set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR x86_64)

# The binary tools are found by the compiler's prefix.
set(CMAKE_C_COMPILER "${_ukl_tool}gcc")
set(CMAKE_CXX_COMPILER "${_ukl_tool}g++")
set(CMAKE_ASM_COMPILER "${_ukl_tool}gcc")
set(PKG_CONFIG_EXECUTABLE "${_ukl_tool}pkg-config" CACHE FILEPATH "")

# try_run() and tests boot what they have linked.
set(CMAKE_CROSSCOMPILING_EMULATOR "${_ukl_tool}exec")

# Libraries of the target, programs of the host.
list(APPEND CMAKE_FIND_ROOT_PATH "${_ukl_prefix}/x86_64-ukl-linux-gnu/sysroot")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)

# What CMake knows of Linux, corrected after it has been read.
set(CMAKE_USER_MAKE_RULES_OVERRIDE "${CMAKE_CURRENT_LIST_DIR}/x86_64-ukl-linux-gnu-rules.cmake")
