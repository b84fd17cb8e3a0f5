/* SPDX-License-Identifier: MIT */
#ifndef PINNA_STORE_H
#define PINNA_STORE_H

#include <pinna/hrtf.h>

PINNA_BEGIN_DECLS

/**
 * @file
 * Prepared sets as bytes. Preparing takes tenths of a second, opening stored bytes takes milliseconds. The bytes belong
 * to one version of the library on one kind of machine: keep them as a cache, beside the measured data, and prepare
 * again where they do not open. pinna/load.h does all that with files; this is for programs with a storage of their
 * own.
 */

/** Names stored bytes: 32 hexadecimal digits that stand for what a set was made of. */
typedef struct pinna_store_key {
    char text[33]; /**< Ends with a zero. */
} pinna_store_key;

/**
 * The name of the set that these bytes (a SOFA file, whole) become with this configuration. Any change of the bytes, of
 * an option but the allocator, or of how this library makes sets gives another name.
 *
 * @param source  source_bytes bytes; may be NULL where there are none.
 *
 * Thread: any but the audio thread. Takes about a millisecond per megabyte.
 */
PINNA_API pinna_store_key pinna_store_make_key(const void* source, size_t source_bytes,
                                               const pinna_prepare_config* config);

/**
 * Writes a set as bytes.
 *
 * @param key       Kept with it.
 * @param report    Kept with it too, so that the warnings of the first time are known the next time. May be NULL.
 * @param bytes     NULL: only the size is asked for.
 * @param capacity  Of bytes.
 * @return The size of the stored set; nothing was written where it is larger than capacity. 0: hrtf or key is NULL.
 *
 * Thread: any but the audio thread.
 */
PINNA_API size_t pinna_store_save(const pinna_hrtf* hrtf, const pinna_store_key* key, const pinna_report* report,
                                  void* bytes, size_t capacity);

/**
 * Makes a set of stored bytes, which may be hostile: every byte is under a checksum, and every number is checked all
 * the same before it is used, so that a set that opens can be rendered with.
 *
 * @param bytes      Copied. Any alignment.
 * @param key        Which set is wanted. NULL: whichever it is.
 * @param allocator  NULL: malloc. Copied.
 * @param report     What was kept with the set is appended; on failure, one error. May be NULL.
 * @param out        The set with one reference, or NULL on failure. Give back with pinna_hrtf_release().
 * @return PINNA_OK; PINNA_ERROR_FORMAT where these are no stored bytes, or damaged; PINNA_ERROR_STALE where another
 *         version or kind of machine wrote them, or the key is another; PINNA_ERROR_DATA where a number in them is out
 *         of its range; PINNA_ERROR_MEMORY or PINNA_ERROR_ARGUMENT. In all cases, prepare the set again.
 *
 * Thread: any but the audio thread.
 */
PINNA_API PINNA_NODISCARD pinna_status pinna_store_open(const void* bytes, size_t byte_count,
                                                        const pinna_store_key* key, const pinna_allocator* allocator,
                                                        pinna_report* report, pinna_hrtf** out);

PINNA_END_DECLS
#endif
