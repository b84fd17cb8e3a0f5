/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>

#include "base/mailbox.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <time.h>

enum { WORDS = 64, WANTED = 20000 /* posts to be read while the writer goes on */, SECONDS = 10 };

typedef struct post {
    pinna_mailbox box;
    uint64_t slots[PINNA_MAILBOX_SLOTS][WORDS];
    atomic_bool enough, done;
    uint64_t published;
} post;

Test(mailbox, nothing_new_at_first)
{
    pinna_mailbox box;
    pinna_mailbox_init(&box);
    cr_expect_not(pinna_mailbox_take(&box));
    cr_expect(box.writing != box.reading);
}

Test(mailbox, latest_wins_and_is_taken_once)
{
    post p;
    pinna_mailbox_init(&p.box);
    for (uint64_t i = 1; i <= 5; i++) {
        p.slots[p.box.writing][0] = i;
        pinna_mailbox_publish(&p.box);
    }
    cr_assert(pinna_mailbox_take(&p.box));
    cr_expect_eq(p.slots[p.box.reading][0], 5);
    cr_expect_not(pinna_mailbox_take(&p.box));
    cr_expect_eq(p.slots[p.box.reading][0], 5, "stays readable");
}

Test(mailbox, the_sides_never_share_a_slot)
{
    pinna_mailbox box;
    pinna_mailbox_init(&box);
    unsigned random = 1;
    for (int i = 0; i < 1000; i++) {
        random = random * 1664525u + 1013904223u;
        if (random >> 31) pinna_mailbox_publish(&box);
        else pinna_mailbox_take(&box);
        unsigned shared = atomic_load(&box.shared) & 3u;
        cr_assert(box.writing < 3 && box.reading < 3 && shared < 3);
        cr_assert(box.writing != box.reading && box.writing != shared && box.reading != shared);
    }
}

static void* write_posts(void* user)
{
    post* p = user;
    for (uint64_t i = 1; !atomic_load(&p->enough); i++) {
        uint64_t* slot = p->slots[p->box.writing];
        for (uint64_t w = 0; w < WORDS; w++) slot[w] = i * 1000003u + w; /* a mix of two posts cannot add up */
        pinna_mailbox_publish(&p->box);
        p->published = i;
    }
    atomic_store(&p->done, true);
    return NULL;
}

/* What is wrong with the snapshot just taken; NULL if nothing. */
static const char* fault_in(const uint64_t* slot, uint64_t last)
{
    uint64_t number = slot[0] / 1000003u;
    for (uint64_t w = 0; w < WORDS; w++)
        if (slot[w] != number * 1000003u + w) return "a torn snapshot";
    return number <= last ? "an older snapshot after a newer one" : NULL;
}

static const char* read_posts(post* p, uint64_t* last, uint64_t* taken)
{
    time_t deadline = time(NULL) + SECONDS;
    for (;;) {
        bool done = atomic_load(&p->done);
        if (!pinna_mailbox_take(&p->box)) {
            if (done) return NULL;
            sched_yield();
        } else {
            const char* fault = fault_in(p->slots[p->box.reading], *last);
            if (fault) return fault;
            *last = p->slots[p->box.reading][0] / 1000003u;
            (*taken)++;
        }
        if (*taken >= WANTED || time(NULL) > deadline) atomic_store(&p->enough, true);
    }
}

Test(mailbox, two_threads_at_full_speed)
{
    static post p;
    pthread_t writer;
    uint64_t last = 0, taken = 0;
    pinna_mailbox_init(&p.box);
    cr_assert_eq(pthread_create(&writer, NULL, write_posts, &p), 0);
    const char* fault = read_posts(&p, &last, &taken);
    atomic_store(&p.enough, true);
    pthread_join(writer, NULL);
    cr_assert_null(fault, "%s after post %llu", fault, (unsigned long long)last);
    cr_expect_eq(last, p.published, "the last post arrives");
    cr_expect(taken > 50, "the reader saw only %llu posts", (unsigned long long)taken);
    fprintf(stderr, "mailbox: %llu of %llu posts taken, none torn\n", (unsigned long long)taken,
            (unsigned long long)p.published);
}

Test(postcard, latest_wins_and_its_number_comes_with_it)
{
    pinna_postcard card = {0};
    uint64_t words[PINNA_POSTCARD_WORDS], serial, before = pinna_postcard_serial(&card);
    for (uint64_t i = 1; i <= 5; i++) {
        pinna_postcard_write(&card, 7, (uint64_t[]){i, 10 * i});
        cr_expect_neq(pinna_postcard_serial(&card), before);
        before = pinna_postcard_serial(&card);
    }
    cr_assert(pinna_postcard_read(&card, words, &serial));
    cr_expect(words[0] == 5 && words[1] == 50 && serial >> 32 == 7);
    cr_expect_eq(pinna_postcard_serial(&card), serial, "read is known by its serial");
    pinna_postcard_write(&card, 8, (uint64_t[]){6, 60});
    cr_assert(pinna_postcard_read(&card, words, &serial));
    cr_expect(words[0] == 6 && words[1] == 60 && serial >> 32 == 8);
}

/* The count in the serial's lower half starts again without a word to the number above it. */
Test(postcard, counts_wrap)
{
    pinna_postcard card = {.serial = (uint64_t)3 << 32 | UINT32_MAX};
    uint64_t words[PINNA_POSTCARD_WORDS], serial;
    pinna_postcard_write(&card, 3, (uint64_t[]){1, 2});
    cr_assert(pinna_postcard_read(&card, words, &serial));
    cr_expect(words[0] == 1 && words[1] == 2 && serial == (uint64_t)3 << 32);
}

typedef struct exchange {
    pinna_postcard card;
    atomic_bool enough, done;
    uint64_t written;
} exchange;

static void* write_cards(void* user)
{
    exchange* e = user;
    for (uint64_t i = 1; !atomic_load(&e->enough); i++) {
        pinna_postcard_write(&e->card, (uint32_t)(i >> 8), (uint64_t[]){i, i * 1000003u});
        e->written = i;
    }
    atomic_store(&e->done, true);
    return NULL;
}

static const char* read_cards(exchange* e, uint64_t* last, uint64_t* taken, uint64_t* missed)
{
    time_t deadline = time(NULL) + SECONDS;
    for (;;) {
        bool done = atomic_load(&e->done);
        uint64_t words[PINNA_POSTCARD_WORDS], serial;
        if (!pinna_postcard_read(&e->card, words, &serial)) {
            ++*missed;
        } else if (serial != 0 && words[0] != *last) {
            if (words[1] != words[0] * 1000003u) return "a torn one";
            if (serial >> 32 != words[0] >> 8) return "another one's number";
            if (words[0] < *last) return "an older one";
            *last = words[0];
            ++*taken;
        } else if (done) {
            return NULL;
        } else {
            sched_yield();
        }
        if (*taken >= WANTED || time(NULL) > deadline) atomic_store(&e->enough, true);
    }
}

Test(postcard, two_threads_at_full_speed)
{
    static exchange e;
    pthread_t writer;
    uint64_t last = 0, taken = 0, missed = 0;
    cr_assert_eq(pthread_create(&writer, NULL, write_cards, &e), 0);
    const char* fault = read_cards(&e, &last, &taken, &missed);
    atomic_store(&e.enough, true);
    pthread_join(writer, NULL);
    cr_assert_null(fault, "%s after number %llu", fault, (unsigned long long)last);
    cr_expect_eq(last, e.written, "the last one arrives");
    cr_expect(taken > 50, "the reader saw only %llu", (unsigned long long)taken);
    fprintf(stderr, "postcard: %llu of %llu seen, none torn; %llu times the writer was too fast\n",
            (unsigned long long)taken, (unsigned long long)e.written, (unsigned long long)missed);
}
