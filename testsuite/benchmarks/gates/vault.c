#include "calls.h"

DEFINE_REGISTERS(vault)
