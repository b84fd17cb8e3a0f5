/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_SCENE_READ_H
#define PINNA_DEMOS_SCENE_READ_H

#include "json_reader.h"
#include "scene.h"

/* The parts of a scene file, each in a file of its own. All read members of the object the reader is at. */

/** A file's name, relative to the scene's folder, so that a scene may be moved together with its sounds. Whether it is
    there is not asked. @param out Free it; NULL where the member is not there. */
PINNA_NODISCARD pinna_status pinna_scene_read_file_name(pinna_json_reader* reader, json_t* object, const char* key,
                                                        char** out);

/** The same of a sound, which must be there: "file". */
PINNA_NODISCARD pinna_status pinna_scene_read_sound(pinna_json_reader* reader, json_t* object, char** out);

/** Three numbers that stay ({...}), keyframes ([{"t_s": ...}, ...]) or the name of a CSV file.
    @param file Gets the CSV file's name; free it. NULL: not wanted. @param out Left alone where the member is not
   there. */
PINNA_NODISCARD pinna_status pinna_scene_read_path(pinna_json_reader* reader, json_t* object, const char* key,
                                                   pinna_path_kind kind, char** file, pinna_path** out);

/** "interpolation" of paths that were read. @param paths May hold NULLs. */
PINNA_NODISCARD pinna_status pinna_scene_read_interpolation(pinna_json_reader* reader, json_t* object,
                                                            pinna_path* const* paths, size_t path_count);

/** "sources". */
PINNA_NODISCARD pinna_status pinna_scene_read_sources(pinna_json_reader* reader, json_t* object, pinna_scene* out);

/** "beds". */
PINNA_NODISCARD pinna_status pinna_scene_read_beds(pinna_json_reader* reader, json_t* object, pinna_scene* out);

/** "room" and "set": values of the preset. */
PINNA_NODISCARD pinna_status pinna_scene_read_sets(pinna_json_reader* reader, json_t* object, pinna_scene* out);

/** What sources and beds have in common: "gain_db", "start_s", "end_s", "fade_s", "loop", "category". */
PINNA_NODISCARD pinna_status pinna_scene_read_common(pinna_json_reader* reader, json_t* object,
                                                     const pinna_scene* scene, pinna_scene_source* out);

#endif
