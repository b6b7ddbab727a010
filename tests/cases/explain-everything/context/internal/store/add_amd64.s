#include "../../include/macros.h"
