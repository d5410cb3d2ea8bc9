// SPDX-License-Identifier: BSL-1.0
#include "order_structs.hpp"

#include <algorithm>
#include <utility>

namespace remoting::idl {

namespace {

using Structs = std::vector<const model::Struct*>;

void collect(const model::Type& type, bool through_containers, Structs& found)
{
    if (const auto* target = std::get_if<const model::Struct*>(&type.kind)) {
        found.push_back(*target);
    }
    const bool is_container = type.is<model::List>() || type.is<model::Map>() || type.is<model::Set>();
    if (is_container && !through_containers) {
        return;
    }
    for (const model::Type& argument : type.arguments) {
        collect(argument, through_containers, found);
    }
}

class Sorter final {
public:
    Sorter(const FileContext& file, bool through_containers)
    {
        for (const auto& [tree, target] : file.structs) {
            Node& node = nodes_[target];
            for (const model::Field& field : target->fields) {
                collect(field.type, through_containers, node.holds);
            }
        }
        for (const auto& [tree, target] : file.structs) {
            visit(target);
        }
    }

    const Structs& order() const noexcept { return order_; }
    /// Those that close a circle.
    const Structs& cyclic() const noexcept { return cyclic_; }

private:
    enum class State : std::uint8_t { unvisited, in_progress, done };

    struct Node {
        Structs holds;
        std::size_t next = 0;
        State state = State::unvisited;
    };

    // With a stack of its own: a file can hold a chain of some hundred thousand structs.
    void visit(const model::Struct* first)
    {
        Structs stack;
        enter(first, stack);
        while (!stack.empty()) {
            Node& node = nodes_.at(stack.back());
            if (node.next < node.holds.size()) {
                enter(node.holds[node.next++], stack);
            } else {
                node.state = State::done;
                order_.push_back(stack.back());
                stack.pop_back();
            }
        }
    }

    void enter(const model::Struct* target, Structs& stack)
    {
        const auto found = nodes_.find(target);
        if (found == nodes_.end() || found->second.state == State::done) {
            return;
        }
        if (found->second.state == State::in_progress) {
            cyclic_.push_back(target);
            return;
        }
        found->second.state = State::in_progress;
        stack.push_back(target);
    }

    std::map<const model::Struct*, Node> nodes_;
    Structs order_;
    Structs cyclic_;
};

}  // namespace

void order_structs(ResolveContext& context, FileContext& file)
{
    const Sorter by_value(file, false);
    for (const model::Struct* target : by_value.cyclic()) {
        context.error(Rule::recursive_struct, file, target->name.span,
                      in_quotes(target->name.idl) + " holds itself; only a list or a map of itself can end");
    }
    // Behind what they hold in lists, too, as long as that is possible: then nothing is used before it is complete.
    const Sorter by_use(file, true);
    const Structs& order = by_use.cyclic().empty() ? by_use.order() : by_value.order();
    std::map<const model::Struct*, std::size_t> index;
    for (const model::Struct* target : order) {
        index.emplace(target, index.size());
    }
    std::sort(file.module->structs.begin(), file.module->structs.end(),
              [&](const auto& left, const auto& right) { return index.at(left.get()) < index.at(right.get()); });
}

}  // namespace remoting::idl
