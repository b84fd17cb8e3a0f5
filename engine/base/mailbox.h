/* SPDX-License-Identifier: MIT */
/*
 * A triple-buffered mailbox: one writer publishes whole snapshots, one reader takes the newest. Neither waits, nothing
 * tears, an older snapshot is never seen after a newer one.
 */
#ifndef PINNA_BASE_MAILBOX_H
#define PINNA_BASE_MAILBOX_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/** Which of three slots each side owns. The snapshots themselves lie in the owner's array of three. */
typedef struct pinna_mailbox {
    _Atomic uint8_t shared; /**< Slot in the middle; bit 2 says it holds something new. */
    uint8_t writing;        /**< Slot the writer fills. */
    uint8_t reading;        /**< Slot the reader reads. */
} pinna_mailbox;

enum { PINNA_MAILBOX_FRESH = 4, PINNA_MAILBOX_SLOTS = 3 };

static inline void pinna_mailbox_init(pinna_mailbox* box)
{
    atomic_init(&box->shared, 1);
    box->writing = 0;
    box->reading = 2;
}

/** Writer: hands over the slot just filled; fill slot box->writing next. */
static inline void pinna_mailbox_publish(pinna_mailbox* box)
{
    uint8_t old = atomic_exchange_explicit(&box->shared, (uint8_t)(box->writing | PINNA_MAILBOX_FRESH),
                                           memory_order_acq_rel);
    box->writing = old & 3;
}

/** Reader: whether take would find something. */
static inline bool pinna_mailbox_has_news(const pinna_mailbox* box)
{
    return (atomic_load_explicit(&box->shared, memory_order_relaxed) & PINNA_MAILBOX_FRESH) != 0;
}

/** Reader: takes the newest snapshot; false if nothing is new. Read slot box->reading afterwards. */
static inline bool pinna_mailbox_take(pinna_mailbox* box)
{
    if (!pinna_mailbox_has_news(box)) return false;
    uint8_t old = atomic_exchange_explicit(&box->shared, box->reading, memory_order_acq_rel);
    box->reading = old & 3;
    return true;
}

#endif
