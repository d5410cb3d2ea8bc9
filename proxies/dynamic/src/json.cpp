// SPDX-License-Identifier: BSL-1.0
// The one place where Boost.JSON itself is compiled; whoever includes it and links this uses that.
#include <boost/json/src.hpp>
