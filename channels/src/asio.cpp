// SPDX-License-Identifier: BSL-1.0
// The one place where Asio itself is compiled; the target defines BOOST_ASIO_SEPARATE_COMPILATION.
#include <boost/asio/impl/src.hpp>
