/* Is KVM here, and is it worth using? */
#ifndef KVM_H
#define KVM_H

#include <stdbool.h>

/* True if /dev/kvm can be opened for use. */
bool kvm_usable(void);

/*
 * True if KVM runs guest code at a processor's speed. Nested or emulated KVM can be a
 * hundred times slower than QEMU's own translator. Takes at most some 50 ms.
 */
bool kvm_fast(void);

#endif
