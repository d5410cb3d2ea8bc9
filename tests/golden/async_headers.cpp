// SPDX-License-Identifier: BSL-1.0
// The asynchronous headers of all golden files compile, together.
#include "attributes.remoting.async.hpp"
#include "bank.remoting.async.hpp"
#include "derived.remoting.async.hpp"
#include "docs.remoting.async.hpp"
#include "empty.remoting.async.hpp"
#include "money.remoting.async.hpp"
#include "names.remoting.async.hpp"
#include "references.remoting.async.hpp"
#include "signatures.remoting.async.hpp"
#include "types.remoting.async.hpp"
#include "values.remoting.async.hpp"
#include "words.remoting.async.hpp"
