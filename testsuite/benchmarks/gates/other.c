#include "calls.h"

DEFINE_REGISTERS(other)
