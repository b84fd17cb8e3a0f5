# SPDX-License-Identifier: MIT
# Writes OUT, the C file that defines pinna_store_revision: one digest over the contents of the FILES under ROOT.
# -DROOT=... -DOUT=... -DVERSION=...
cmake_minimum_required(VERSION 3.22)

file(GLOB files ${ROOT}/engine/base/*.[ch] ${ROOT}/engine/dsp/*.[ch] ${ROOT}/engine/hrtf/*.[ch] ${ROOT}/sofa/*.[ch]
    ${ROOT}/include/pinna/*.h)
list(SORT files)
set(sums "${VERSION}")
foreach(file IN LISTS files)
    file(SHA256 ${file} sum)
    string(APPEND sums " ${sum}")
endforeach()
string(SHA256 revision "${sums}")
string(SUBSTRING ${revision} 0 32 revision)
file(CONFIGURE OUTPUT ${OUT} CONTENT "#include \"hrtf/store.h\"

const char pinna_store_revision[PINNA_STORE_REVISION_BYTES] = \"@revision@\";
")
