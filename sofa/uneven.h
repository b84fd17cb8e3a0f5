/* SPDX-License-Identifier: MIT */
#ifndef PINNA_SOFA_UNEVEN_H
#define PINNA_SOFA_UNEVEN_H

#include <pinna/base.h>

#include <kiss_fft.h>

/* Spectra at frequencies that are not evenly spaced, or not in order. */
typedef struct pinna_sofa_uneven pinna_sofa_uneven;

/** @return NULL where there is no memory, or fewer than 8 different frequencies. */
pinna_sofa_uneven* pinna_sofa_uneven_create(const double* frequencies_hz, size_t count);

/** NULL is accepted. */
void pinna_sofa_uneven_destroy(pinna_sofa_uneven* uneven);

/** Puts the different frequencies in order, no more than were given. @return how many there are. */
size_t pinna_sofa_uneven_sort(const pinna_sofa_uneven* uneven, double* frequencies_hz);

/** Learns from a response's values, stride apart, where in time responses lie; before taking any. */
void pinna_sofa_uneven_listen(pinna_sofa_uneven* uneven, const float* real, const float* imaginary, size_t stride);

/** Takes a response's values, and finds its delay near to where those listened to lie. */
void pinna_sofa_uneven_take(pinna_sofa_uneven* uneven, const float* real, const float* imaginary, size_t stride);

/** How far neighbours are apart for what was taken, its delay removed: 0 where they are alike to 1 where they have
    nothing to do with each other. */
double pinna_sofa_uneven_roughness(const pinna_sofa_uneven* uneven);

/** Values of what was taken at spacing_hz times first, first + 1, ... */
void pinna_sofa_uneven_give(const pinna_sofa_uneven* uneven, double spacing_hz, size_t first, size_t count,
                            kiss_fft_cpx* out);

#endif
