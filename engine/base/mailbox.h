/* SPDX-License-Identifier: MIT */
/*
 * One writer publishes whole snapshots, one reader takes the newest. Neither waits, nothing tears, an older snapshot is
 * never seen after a newer one. A triple-buffered mailbox for those of any size, a postcard for the smallest.
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

enum { PINNA_POSTCARD_WORDS = 2, PINNA_POSTCARD_TRIES = 4 };

/**
 * What is so small is copied out in place: no exchange, and the reader writes nothing. The two places are written by
 * turns, so one stays whole while the other is being written. Cleared memory is an empty one, of serial 0.
 */
typedef struct pinna_postcard {
    _Atomic uint64_t serial; /**< Of the newest, which lies in place serial % 2. */
    _Atomic uint64_t words[2][PINNA_POSTCARD_WORDS];
} pinna_postcard;

/** Writer. The upper half of the serial is the writer's own number, the lower half counts. */
static inline void pinna_postcard_write(pinna_postcard* card, uint32_t number,
                                        const uint64_t words[PINNA_POSTCARD_WORDS])
{
    uint32_t count = (uint32_t)atomic_load_explicit(&card->serial, memory_order_relaxed) + 1;
    /* Release: who sees one of these words sees the serial that freed their place, too, and knows better than to use
       them. */
    for (int i = 0; i < PINNA_POSTCARD_WORDS; i++)
        atomic_store_explicit(&card->words[count & 1][i], words[i], memory_order_release);
    atomic_store_explicit(&card->serial, (uint64_t)number << 32 | count, memory_order_release);
}

/** The newest serial. Any side. */
static inline uint64_t pinna_postcard_serial(const pinna_postcard* card)
{
    return atomic_load_explicit(&card->serial, memory_order_relaxed);
}

/**
 * Reader: copies the newest out and sets its serial. False if the writer wrote another during each of a few tries, all
 *X.
 */
static inline bool pinna_postcard_read(const pinna_postcard* card, uint64_t words[PINNA_POSTCARD_WORDS],
                                       uint64_t* serial)
{
    for (int tries = 0; tries < PINNA_POSTCARD_TRIES; tries++) {
        *serial = atomic_load_explicit(&card->serial, memory_order_acquire);
        for (int i = 0; i < PINNA_POSTCARD_WORDS; i++)
            words[i] = atomic_load_explicit(&card->words[*serial & 1][i], memory_order_acquire);
        if (pinna_postcard_serial(card) == *serial) return true;
    }
    return false;
}

#endif
