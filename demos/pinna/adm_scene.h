/* SPDX-License-Identifier: MIT */
#ifndef PINNA_DEMOS_ADM_SCENE_H
#define PINNA_DEMOS_ADM_SCENE_H

#include "adm.h"
#include "adm_resolve.h"
#include "dbmd.h"

/** Makes sources of a scene of what was resolved. Takes blocks out of the model. @param report What has no effect. */
PINNA_NODISCARD pinna_status pinna_adm_make_sources(const pinna_adm_config* config, pinna_adm_model* model,
                                                    const pinna_adm_items* items, const pinna_dbmd* dbmd,
                                                    pinna_report* report, pinna_scene* scene);

#endif
