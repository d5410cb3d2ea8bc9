// SPDX-License-Identifier: BSL-1.0
#include <remoting/dispatch/remote_object.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "coding.hpp"

namespace bank {

class Account : public virtual remoting::RemoteObject {
public:
    virtual int Balance() = 0;
};

class Branch : public virtual remoting::RemoteObject {};

struct Customer {
    std::string name;
    std::shared_ptr<Account> account;
    std::vector<std::shared_ptr<Account>> others;
    template <class Archive>
    void serialize(Archive& archive, unsigned /*version*/)
    {
        archive& name& account& others;
    }
};

}  // namespace bank

template <>
struct remoting::InterfaceTraits<bank::Account> {
    static const InterfaceDescriptor& descriptor() noexcept
    {
        static constexpr InterfaceDescriptor value = {.name = "bank.Account",
                                                      .bases = {},
                                                      .methods = {},
                                                      .constructor = nullptr,
                                                      .make_proxy = nullptr,
                                                      .cast = nullptr};
        return value;
    }
};

namespace remoting::testing {
namespace {

class AccountServant final : public bank::Account {
public:
    int Balance() override { return 5; }
};

class BranchServant final : public bank::Branch {};

/// Writes a number for each object, 0 for none, and remembers which.
class Numbering final : public ReferenceMarshaller {
public:
    void save(OutputArchive& archive, std::shared_ptr<RemoteObject> object,
              const InterfaceDescriptor& interface) override
    {
        interfaces.push_back(interface.name);
        std::uint16_t number = 0;
        if (object != nullptr) {
            objects.push_back(std::move(object));
            number = static_cast<std::uint16_t>(objects.size());
        }
        archive << number;
    }
    std::shared_ptr<RemoteObject> load(InputArchive& archive, const InterfaceDescriptor& interface) override
    {
        interfaces.push_back(interface.name);
        const auto number = archive.read<std::uint16_t>();
        if (number > objects.size()) {
            archive.fail("a reference names no object");
        }
        return number == 0 ? nullptr : objects[number - 1U];
    }

    std::vector<std::shared_ptr<RemoteObject>> objects;
    std::vector<std::string_view> interfaces;
};

class ArchiveReference : public ::testing::Test {
protected:
    template <class T>
    void save(const T& value)
    {
        OutputArchive(buffer_, &marshaller_) & value;
    }
    template <class T>
    T load()
    {
        T value{};
        InputArchive archive(buffer_.bytes(), {}, &marshaller_);
        archive& value;
        return value;
    }

    Buffer buffer_;
    Numbering marshaller_;
};

TEST_F(ArchiveReference, GoesThroughTheMarshallerWithItsInterface)
{
    const std::shared_ptr<bank::Account> account = std::make_shared<AccountServant>();
    save(account);
    EXPECT_EQ(to_hex(buffer_.bytes()), "01 00");
    EXPECT_EQ(load<std::shared_ptr<bank::Account>>(), account);
    EXPECT_EQ(marshaller_.interfaces, (std::vector<std::string_view>{"bank.Account", "bank.Account"}));
}

TEST_F(ArchiveReference, MayBeNull)
{
    save(std::shared_ptr<bank::Account>());
    EXPECT_EQ(load<std::shared_ptr<bank::Account>>(), nullptr);
}

TEST_F(ArchiveReference, StandsInStructsAndLists)
{
    bank::Customer customer;
    customer.name = "Ada";
    customer.account = std::make_shared<AccountServant>();
    customer.others = {nullptr, std::make_shared<AccountServant>(), customer.account};
    save(customer);
    const auto loaded = load<bank::Customer>();
    EXPECT_EQ(loaded.account, customer.account);
    EXPECT_EQ(loaded.others, customer.others);
}

TEST_F(ArchiveReference, LeftOutByAnOlderPeerStaysAsItWas)
{
    const auto account = std::make_shared<AccountServant>();
    std::shared_ptr<bank::Account> value = account;
    InputArchive archive({}, {}, &marshaller_);
    archive& value;
    EXPECT_EQ(value, account);
}

TEST_F(ArchiveReference, ToAnotherInterfaceIsAMismatch)
{
    marshaller_.objects.push_back(std::make_shared<BranchServant>());
    save(std::uint16_t{1});
    EXPECT_EQ(error_of([&] { static_cast<void>(load<std::shared_ptr<bank::Account>>()); }),
              ErrorCode::interface_mismatch);
}

TEST_F(ArchiveReference, ThatMustNotBeNullIsRefusedOnBothSides)
{
    std::shared_ptr<bank::Account> null;
    EXPECT_EQ(error_of([&] { save(not_null(null, "account")); }), ErrorCode::invalid_argument);
    save(null);
    InputArchive archive(buffer_.bytes(), {}, &marshaller_);
    EXPECT_EQ(error_of([&] { archive& not_null(null, "account"); }), ErrorCode::invalid_payload);
}

/// A null element in `value` is refused; without one it is carried.
template <class T>
void expect_nulls_refused_within(const T& whole, const T& holed, Numbering& marshaller)
{
    Buffer buffer;
    OutputArchive output(buffer, &marshaller);
    EXPECT_EQ(error_of([&] { output& not_null(holed, "accounts"); }), ErrorCode::invalid_argument);
    EXPECT_EQ(buffer.size(), 0U) << "nothing is sent of it";
    output& holed;
    T loaded;
    InputArchive refusing(buffer.bytes(), {}, &marshaller);
    EXPECT_EQ(error_of([&] { refusing& not_null(loaded, "accounts"); }), ErrorCode::invalid_payload);
    buffer.clear();
    output& not_null(whole, "accounts");
    InputArchive input(buffer.bytes(), {}, &marshaller);
    input& not_null(loaded, "accounts");
    EXPECT_EQ(loaded, whole);
}

TEST_F(ArchiveReference, ThatMustNotBeNullIsRefusedWithinContainersToo)
{
    using Account = std::shared_ptr<bank::Account>;
    const Account account = std::make_shared<AccountServant>();
    expect_nulls_refused_within(std::vector{account, account}, {account, nullptr}, marshaller_);
    expect_nulls_refused_within(std::map<std::string, Account>{{"a", account}}, {{"a", nullptr}}, marshaller_);
    expect_nulls_refused_within(std::map<int, std::vector<Account>>{{1, {account}}, {2, {}}},
                                {{1, {account}}, {2, {nullptr}}}, marshaller_);
    expect_nulls_refused_within(std::optional(std::vector{account}), std::optional(std::vector<Account>(1)),
                                marshaller_);
    expect_nulls_refused_within(std::optional<std::vector<Account>>(), std::optional(std::vector<Account>(1)),
                                marshaller_);
}

TEST_F(ArchiveReference, NeedsAMarshaller)
{
    const std::shared_ptr<bank::Account> account = std::make_shared<AccountServant>();
    EXPECT_EQ(error_of([&] { static_cast<void>(encode(account)); }), ErrorCode::invalid_argument);
    EXPECT_EQ(error_of([&] { static_cast<void>(encode(std::shared_ptr<bank::Account>())); }),
              ErrorCode::invalid_argument);
    EXPECT_EQ(error_decoding<std::shared_ptr<bank::Account>>("0000"), ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace remoting::testing
