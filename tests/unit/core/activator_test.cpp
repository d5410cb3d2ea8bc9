// SPDX-License-Identifier: BSL-1.0
#include "probe_servant.hpp"

#include <remoting/activation/activator.hpp>
#include <remoting/errors/exceptions.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <barrier>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace remoting::test {

namespace {

const InterfaceDescriptor& interface = InterfaceTraits<probe::Probe>::descriptor();

std::string text_of(const std::exception_ptr& cause)
{
    try {
        std::rethrow_exception(cause);
    } catch (const std::exception& error) {
        return error.what();
    } catch (...) {
        return "not an exception";
    }
}

/// What the factory's failure says; empty when there was none.
std::string failure_of(Activator& activator)
{
    try {
        activator.acquire();
    } catch (const ActivationFailure& failure) {
        EXPECT_EQ(failure.interface_name(), "probe.Probe");
        return text_of(failure.cause());
    }
    return {};
}

}  // namespace

TEST(SingleCallActivator, MakesAnInstanceForEachCall)
{
    const auto activator = make_single_call_activator(interface, [] { return std::make_shared<ProbeServant>(); });
    const Servant one = activator->acquire();
    const Servant other = activator->acquire();
    EXPECT_NE(one.object, other.object);
    EXPECT_EQ(one.typed, interface.cast(*one.object));
    EXPECT_EQ(activator->mode(), ActivationMode::single_call);
}

TEST(SingletonActivator, MakesItsInstanceAtTheFirstCallAndKeepsIt)
{
    int made = 0;
    const auto activator = make_singleton_activator(interface, [&] {
        ++made;
        return std::make_shared<ProbeServant>();
    });
    EXPECT_EQ(made, 0);
    const Servant one = activator->acquire();
    EXPECT_EQ(activator->acquire().object, one.object);
    EXPECT_EQ(made, 1);
    EXPECT_EQ(activator->mode(), ActivationMode::singleton);
}

TEST(SingletonActivator, MakesOneInstanceWhateverTheRace)
{
    constexpr int threads = 8;
    for (int round = 0; round < 200; ++round) {
        std::atomic<int> made{0};
        const auto activator = make_singleton_activator(interface, [&] {
            ++made;
            std::this_thread::yield();
            return std::make_shared<ProbeServant>();
        });
        std::barrier start(threads);
        std::array<RemoteObject*, threads> seen{};
        std::vector<std::thread> pool;
        for (std::size_t i = 0; i < threads; ++i) {
            pool.emplace_back([&, i] {
                start.arrive_and_wait();
                seen[i] = activator->acquire().object.get();
            });
        }
        for (std::thread& thread : pool) {
            thread.join();
        }
        EXPECT_EQ(made, 1);
        EXPECT_EQ(std::set(seen.begin(), seen.end()).size(), 1U);
    }
}

TEST(SingletonActivator, TriesAgainAfterItsFactoryFailed)
{
    int attempts = 0;
    const auto activator = make_singleton_activator(interface, [&]() -> std::shared_ptr<RemoteObject> {
        switch (++attempts) {
            case 1:
                throw std::runtime_error("not yet");
            case 2:
                throw 42;
            case 3:
                return nullptr;
            default:
                return std::make_shared<ProbeServant>();
        }
    });
    EXPECT_EQ(failure_of(*activator), "not yet");
    EXPECT_EQ(failure_of(*activator), "not an exception");
    EXPECT_EQ(failure_of(*activator), "the servant is a null pointer");
    EXPECT_NE(activator->acquire().object, nullptr);
    EXPECT_EQ(attempts, 4);
}

TEST(SingletonActivator, FailsWhenItsFactoryCallsTheObjectItMakes)
{
    std::unique_ptr<Activator> activator;
    std::string inner;
    activator = make_singleton_activator(interface, [&]() -> std::shared_ptr<RemoteObject> {
        inner = failure_of(*activator);
        return std::make_shared<ProbeServant>();
    });
    EXPECT_NE(activator->acquire().object, nullptr);
    EXPECT_NE(inner.find("called the Singleton"), std::string::npos) << inner;
}

TEST(Activators, RefuseServantsOfAnotherInterface)
{
    const auto activator =
        make_single_call_activator(interface, [] { return std::make_shared<SessionServant>("other"); });
    EXPECT_EQ(failure_of(*activator), "the servant does not implement probe.Probe");
    for (const auto& object :
         {std::shared_ptr<RemoteObject>(std::make_shared<SessionServant>("other")), std::shared_ptr<RemoteObject>()}) {
        try {
            make_instance_activator(interface, object, ActivationMode::published);
            ADD_FAILURE() << "was accepted";
        } catch (const RemotingError& error) {
            EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
            EXPECT_EQ(error.executed(), Executed::no);
        }
    }
}

TEST(InstanceActivator, GivesTheInstanceItWasGiven)
{
    const auto servant = std::make_shared<ProbeServant>();
    const auto activator = make_instance_activator(interface, servant, ActivationMode::client_activated);
    EXPECT_EQ(activator->acquire().object, servant);
    EXPECT_EQ(activator->mode(), ActivationMode::client_activated);
}

}  // namespace remoting::test
