#include "textflag.h"
#include "macros.h"

TEXT ·one(SB), NOSPLIT, $0-8
	MOVQ $ONE, ret+0(FP)
	RET
