// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <boost/core/nvp.hpp>
namespace golden {
/// A class of the user's.
class Celsius {
public:
    Celsius() = default;
    explicit Celsius(double degrees) noexcept : degrees_(degrees) {}
    double degrees() const noexcept { return degrees_; }
    friend bool operator==(const Celsius&, const Celsius&) = default;

private:
    double degrees_ = 0;
    template <class Archive>
    friend void serialize(Archive& archive, Celsius& value, const unsigned int)
    {
        archive& boost::serialization::make_nvp("degrees", value.degrees_);
    }
};
}  // namespace golden
