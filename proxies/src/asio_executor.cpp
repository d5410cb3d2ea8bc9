// SPDX-License-Identifier: BSL-1.0
#include <remoting/asio.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>

#include <utility>

namespace remoting {

namespace asio = boost::asio;

namespace {

class AsioExecutor final : public ServantExecutor {
public:
    explicit AsioExecutor(asio::any_io_executor executor) : executor_(std::move(executor)) {}

    void post(std::function<void()> work) override { asio::post(executor_, std::move(work)); }
    std::shared_ptr<ServantExecutor> serialized() override
    {
        return std::make_shared<AsioExecutor>(asio::make_strand(executor_));
    }
    const asio::any_io_executor& executor() const noexcept { return executor_; }

private:
    const asio::any_io_executor executor_;
};

}  // namespace

std::shared_ptr<ServantExecutor> on_executor(asio::any_io_executor executor)
{
    return std::make_shared<AsioExecutor>(std::move(executor));
}

const asio::any_io_executor& asio_executor_of(const ServantExecutor& executor)
{
    return dynamic_cast<const AsioExecutor&>(executor).executor();
}

}  // namespace remoting
