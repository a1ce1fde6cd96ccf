// Objects of the program are allocated by mimalloc: a comparison makes and drops them by the
// million, and the general allocator took a quarter of its time.

#include <mimalloc-new-delete.h>
