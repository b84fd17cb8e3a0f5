/* SPDX-License-Identifier: MIT */
/*
 * One tile of kernels_fir.h: F filters, J output vectors, at most B blocks of taps, each sum in S parts. Included once
 * per shape, with FIR_NAME(part), F, J, B and S defined. Macros and not parameters: clang simplifies a function before
 * inlining it and, not knowing the counts, leaves the sums in memory.
 */

/* Phases [begin, end) of M tap blocks: sums[f][part][j]. */
INLINE void FIR_NAME(_phases)(vec* sums, const float* in, const float* const* taps, size_t begin, size_t end,
                              const size_t M)
{
    const float *oldest = in - begin - LANES * (M - 1), *taps0 = taps[0] + begin, *taps1 = taps[F - 1] + begin;
    for (size_t left = end - begin; left > 0; left--, oldest--, taps0++, taps1++) {
        vec tap[F * B];
        KEEP_IN_REGISTER(oldest);
        KEEP_IN_REGISTER(taps0);
        KEEP_IN_REGISTER(taps1);
        UNROLL
        for (size_t m = 0; m < M; m++) tap[m] = splat(taps0[LANES * m]);
        UNROLL
        for (size_t m = 0; m < M && F == 2; m++) tap[M + m] = splat(taps1[LANES * m]);
        UNROLL
        for (size_t i = 0; i < J + M - 1; i++) {
            /* The first and the last are used once per filter. */
            const bool once = F == 1 && (i == 0 || i == J + M - 2);
            vec x = once ? load(oldest + LANES * i) : load_once(oldest + LANES * i);
            UNROLL
            for (size_t m = 0; m < M; m++)
                if (i + m >= M - 1 && i + m < J + M - 1)
                    UNROLL
                    for (size_t f = 0; f < F; f++) {
                        vec* sum = &sums[(f * S + m % S) * J + (i + m - (M - 1))];
                        *sum = fma_of(x, tap[f * M + m], *sum);
                    }
        }
    }
}

/* A chunk of count <= B LANES taps: with count = q LANES + s, phases below s have q + 1 blocks and the others q. */
INLINE void FIR_NAME(_chunk)(vec* sums, const float* in, const float* const* taps, size_t count)
{
    size_t q = count / LANES;
    size_t s = count % LANES;
    UNROLL
    for (size_t m = B; m > 0; m--) {
        size_t begin = m == q ? s : 0;
        size_t end = m == q ? LANES : m == q + 1 ? s : 0;
        if (begin < end) FIR_NAME(_phases)(sums, in, taps, begin, end, m);
    }
}

static void FIR_NAME()(FIR_TILE_PARAMETERS)
{
    float* const outs[] = {out0, out1};
    const float* const starts[] = {start0, start1};
    vec sums[F * S * J];
    UNROLL
    for (size_t i = 0; i < F * S * J; i++) sums[i] = (vec){0};
    for (size_t tap = 0; tap < tap_count; tap += B * LANES) {
        const float* taps[] = {taps0 + tap, F > 1 ? taps1 + tap : NULL};
        size_t left = tap_count - tap;
        FIR_NAME(_chunk)(sums, in - tap, taps, left < B * LANES ? left : B * LANES);
    }
    UNROLL
    for (size_t f = 0; f < F; f++)
        UNROLL
        for (size_t j = 0; j < J; j++) {
            vec sum = sums[f * S * J + j];
            UNROLL
            for (size_t part = 1; part < S; part++) sum += sums[(f * S + part) * J + j];
            /* Last, so that a long sum is rounded with all of it once and not with each tap. */
            if (start0) sum += load(starts[f] + j * LANES);
            store(outs[f] + j * LANES, sum);
        }
}

#undef FIR_NAME
#undef F
#undef J
#undef B
#undef S
