// SPDX-License-Identifier: BSL-1.0
#pragma once

// What travels by value: see OutputArchive and InputArchive, and core/src/serialization/README.md for the encoding.

#include <remoting/serialization/input_archive.hpp>
#include <remoting/serialization/output_archive.hpp>
