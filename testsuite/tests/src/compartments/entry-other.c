#include "entry.h"

int other_call(entry_function function)
{
	return function(1);
}
