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
    for (size_t r = begin; r < end; r++) {
        vec tap[F * B];
        UNROLL
        for (size_t f = 0; f < F; f++)
            UNROLL
            for (size_t m = 0; m < M; m++) tap[f * M + m] = splat(taps[f][LANES * m + r]);
        const float* oldest = in - r - LANES * (M - 1);
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
INLINE void FIR_NAME(_chunk)(vec* sums, const fir_job* job, size_t tap, size_t count)
{
    const float* taps[] = {job->taps[0] + tap, job->taps[F - 1] + tap};
    size_t q = count / LANES;
    size_t s = count % LANES;
    UNROLL
    for (size_t m = B; m > 0; m--) {
        size_t begin = m == q ? s : 0;
        size_t end = m == q ? LANES : m == q + 1 ? s : 0;
        FIR_NAME(_phases)(sums, job->in - tap, taps, begin, end, m);
    }
}

/* out[f J LANES + n]. */
static void FIR_NAME()(float* out, const fir_job* job)
{
    vec sums[F * S * J];
    UNROLL
    for (size_t i = 0; i < F * S * J; i++) sums[i] = (vec){0};
    for (size_t tap = 0; tap < job->tap_count; tap += B * LANES) {
        size_t left = job->tap_count - tap;
        FIR_NAME(_chunk)(sums, job, tap, left < B * LANES ? left : B * LANES);
    }
    UNROLL
    for (size_t f = 0; f < F; f++)
        UNROLL
        for (size_t j = 0; j < J; j++) {
            vec sum = sums[f * S * J + j];
            UNROLL
            for (size_t part = 1; part < S; part++) sum += sums[(f * S + part) * J + j];
            store(out + (f * J + j) * LANES, sum);
        }
}

#undef FIR_NAME
#undef F
#undef J
#undef B
#undef S
