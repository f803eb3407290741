# There are no shared libraries. CMake then makes an archive of every library that asks to be
# one, and says so.
set_property(GLOBAL PROPERTY TARGET_SUPPORTS_SHARED_LIBS FALSE)
