/* SPDX-License-Identifier: MIT */
#include "adm_support.h"
#include "support.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char good[] =
    ADM_ONE("0003", "", "") "<audioBlockFormat>" ADM_POLAR("30", "0") "</audioBlockFormat>" ADM_ONE_END;

static void refuse_axml(const char* axml, const char* expected)
{
    adm_write_one("a.wav", "0003", 100, axml);
    check_tool_refuses("render a.wav -o out.wav", expected);
}

Test(adm_hostile, xml_that_is_none)
{
    enter_folder();
    refuse_axml("<a><b></a>", "axml line 1: mismatched tag");
    refuse_axml("not xml", "axml line 1");
    refuse_axml(ADM_BEGIN, "axml line");
    refuse_axml("<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>", "document types");
    refuse_axml("<!DOCTYPE l [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">]><l>&b;</l>",
                "document types");
}

Test(adm_hostile, values_that_are_none)
{
    enter_folder();
    refuse_axml(ADM_ONE("0003", "", "") ADM_BLOCK("yesterday", "1", "") ADM_ONE_END, "'yesterday' is not a time");
    refuse_axml(ADM_ONE("0003", "start=\"99999999:00:00\"", "") ADM_ONE_END, "is not a time");
    refuse_axml(ADM_ONE("0003", "", "") "<audioBlockFormat>" ADM_POLAR("nan", "0") "</audioBlockFormat>" ADM_ONE_END,
                "azimuth must be a number, not 'nan'");
    refuse_axml(ADM_ONE("0003", "", "") "<audioBlockFormat>" ADM_POLAR("0", "1e9") "</audioBlockFormat>" ADM_ONE_END,
                "elevation must lie between -90 and 90");
    refuse_axml(ADM_ONE("0003", "", "") "<audioBlockFormat><gain>1e300</gain></audioBlockFormat>" ADM_ONE_END,
                "gain must lie between");
}

Test(adm_hostile, nothing_to_be_heard)
{
    enter_folder();
    refuse_axml(ADM_BEGIN ADM_END, "describes nothing");
    refuse_axml("<x/>", "describes nothing");
}

/* A text with a piece in the midst that is repeated. */
static char* repeated(const char* before, const char* piece, size_t count, const char* after)
{
    size_t length = strlen(piece);
    char* text = malloc(strlen(before) + count * length + strlen(after) + 1);
    cr_assert(text);
    char* at = text + sprintf(text, "%s", before);
    for (size_t i = 0; i < count; i++, at += length) memcpy(at, piece, length);
    strcpy(at, after);
    return text;
}

/* A sanitizer's shadow does not fit into a limit of memory. */
#if defined(__has_feature)
#define HAS_FEATURE(name) __has_feature(name)
#else
#define HAS_FEATURE(name) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || HAS_FEATURE(address_sanitizer)
#define LIMITS "ulimit -t 60;"
#else
#define LIMITS "ulimit -v 1500000; ulimit -t 20;"
#endif

static void refuse_repeated(const char* before, const char* piece, size_t count, const char* after,
                            const char* expected)
{
    char* text = repeated(before, piece, count, after);
    adm_write_one("a.wav", "0003", 100, text);
    outcome result = run_tool_after(LIMITS, "render a.wav -o out.wav");
    cr_expect_eq(result.exit_code, 1, "exit %d, signal %d: %s", result.exit_code, result.signal, result.err);
    cr_expect(strstr(result.err, expected), "'%s' expected, not '%s'", expected, result.err);
    free(text);
}

Test(adm_hostile, more_than_there_can_be)
{
    enter_folder();
    refuse_repeated("", "<a>", 1000, "", "elements lie more than 64 deep");
    refuse_repeated(ADM_BEGIN, "<audioPackFormat/>", 300000, ADM_END, "more than 200000 elements");
    refuse_repeated(ADM_ONE("0003", "", ""), "<audioBlockFormat/>", 3100000, ADM_ONE_END, "more than 3000000 blocks");
    refuse_repeated(ADM_BEGIN "<audioObject audioObjectID=\"AO_1001\">", "<audioObjectIDRef>AO_1001</audioObjectIDRef>",
                    600000, "</audioObject>" ADM_END, "more than 500000 references");
    refuse_repeated(ADM_BEGIN "<!--", "xxxxxxxxxxxxxxxx", 2000000, "-->" ADM_END, "longer than 1048576 bytes");
    refuse_repeated(ADM_BEGIN "<audioObject ", "a", 40000000, "", "longer than 1048576 bytes");
}

/* Each object holds the next one twice: two to the power of 40 ways to the last. */
Test(adm_hostile, ways_that_double)
{
    char text[40 * 200 + 2000], *at = text;
    enter_folder();
    at += sprintf(at, "%s", ADM_BEGIN);
    for (int i = 0; i < 40; i++)
        at += sprintf(at, "<audioObject audioObjectID=\"AO_%04d\"><audioObjectIDRef>AO_%04d</audioObjectIDRef>"
                      "<audioObjectIDRef>AO_%04d</audioObjectIDRef></audioObject>\n", i, i + 1, i + 1);
    sprintf(at, "%s", ADM_END);
    refuse_axml(text, "describes nothing");
}

/* --- chunks ------------------------------------------------------------------------------------------------------- */

static size_t read_file(const char* name, unsigned char* bytes, size_t capacity)
{
    FILE* file = fopen(name, "rb");
    cr_assert(file);
    size_t size = fread(bytes, 1, capacity, file);
    fclose(file);
    return size;
}

static unsigned char* find_bytes(unsigned char* bytes, size_t size, const char* id)
{
    for (size_t i = 0; i + 4 <= size; i++)
        if (!memcmp(bytes + i, id, 4)) return bytes + i;
    cr_assert(false, "no %s", id);
    return NULL;
}

static void refuse_bytes(const unsigned char* bytes, size_t size, const char* expected)
{
    write_bytes("b.wav", bytes, size);
    check_tool_refuses("render b.wav -o out.wav", expected);
}

Test(adm_hostile, chunks_that_lie)
{
    static unsigned char bytes[16384], copy[16384];
    enter_folder();
    adm_write_one("a.wav", "0003", 100, good);
    size_t size = read_file("a.wav", bytes, sizeof bytes);
    size_t chna = (size_t)(find_bytes(bytes, size, "chna") - bytes),
           axml = (size_t)(find_bytes(bytes, size, "axml") - bytes);
#define COPY memcpy(copy, bytes, size)
    COPY;
    copy[chna + 10] = 200; /* more rows than there are */
    refuse_bytes(copy, size, "too few for its 200 rows");
    COPY;
    copy[chna + 12] = 9; /* a track the file does not have */
    refuse_bytes(copy, size, "track 9 of 1");
    COPY;
    copy[chna + 16] = 0xFF;
    refuse_bytes(copy, size, "holds bytes that are no text");
    COPY;
    copy[axml + 7] = 0x7F; /* two gigabytes, and no data chunk behind them */
    refuse_bytes(copy, size, "no data chunk");
#undef COPY
}

/* Cut anywhere, a file is rendered as far as it goes or refused; nothing crashes. */
Test(adm_hostile, cut_anywhere)
{
    static unsigned char bytes[16384];
    enter_folder();
    adm_write_one("a.wav", "0003", 100, good);
    size_t size = read_file("a.wav", bytes, sizeof bytes);
    for (size_t cut = 0; cut < size; cut += 1 + size / 60) {
        write_bytes("b.wav", bytes, cut);
        outcome result = run_tool("render b.wav -o b-out.wav -q");
        cr_expect(result.exit_code == 0 || (result.exit_code == 1 && is_one_line(result.err)), "cut at %zu: %d, %s",
                  cut, result.exit_code, result.err);
    }
}
