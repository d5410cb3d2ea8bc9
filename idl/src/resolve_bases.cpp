// SPDX-License-Identifier: BSL-1.0
#include "parse_types.hpp"
#include "resolve_interfaces.hpp"

#include <algorithm>
#include <functional>

namespace remoting::idl {

namespace {

constexpr std::size_t max_bases = 256;

enum class State : std::uint8_t { unvisited, in_progress, done };

// Depth first over what is derived from what, bases first. Deeper than max_nesting counts as a circle: nothing
// sensible is, and the walk is bounded.
template <class Tree, class T>
class BaseWalk final {
public:
    using Pairs = std::vector<std::pair<const Tree*, T*>>;
    using BasesOf = std::function<std::vector<const T*>(const T&)>;

    BaseWalk(ResolveContext& context, const FileContext& file, const Pairs& pairs, BasesOf bases_of)
        : context_(context),
          file_(file),
          bases_of_(std::move(bases_of))
    {
        for (const auto& [tree, target] : pairs) {
            states_.emplace(target, Node{tree, target, State::unvisited});
        }
        for (const auto& [tree, target] : pairs) {
            visit(target, 0);
        }
    }

    /// False for those that derive from themselves.
    const Pairs& in_order() const noexcept { return order_; }
    const std::set<const T*>& cyclic() const noexcept { return cyclic_; }

private:
    struct Node {
        const Tree* tree;
        T* target;
        State state;
    };

    bool visit(const T* target, std::size_t depth)
    {
        const auto found = states_.find(target);
        if (found == states_.end() || found->second.state == State::done) {
            return !cyclic_.contains(target);
        }
        Node& node = found->second;
        if (node.state == State::in_progress || depth >= max_nesting) {
            context_.error(Rule::inheritance_cycle, file_, node.tree->name.span,
                           depth >= max_nesting ? "this is derived more than 64 deep"
                                                : in_quotes(node.tree->name.text) + " derives from itself");
            cyclic_.insert(target);
            return false;
        }
        node.state = State::in_progress;
        bool is_right = true;
        for (const T* base : bases_of_(*target)) {
            is_right = visit(base, depth + 1) && is_right;
        }
        node.state = State::done;
        if (!is_right) {
            cyclic_.insert(target);
        }
        order_.emplace_back(node.tree, node.target);
        return is_right;
    }

    ResolveContext& context_;
    const FileContext& file_;
    BasesOf bases_of_;
    std::map<const T*, Node> states_;
    std::set<const T*> cyclic_;
    Pairs order_;
};

template <class T, class Pairs>
void sort_like(std::vector<std::unique_ptr<T>>& targets, const Pairs& order)
{
    std::map<const T*, std::size_t> index;
    for (const auto& [tree, target] : order) {
        index.emplace(target, index.size());
    }
    std::sort(targets.begin(), targets.end(),
              [&](const auto& left, const auto& right) { return index.at(left.get()) < index.at(right.get()); });
}

std::size_t depth_of(const model::Exception& exception)
{
    std::size_t depth = 0;
    for (const model::Exception* base = exception.base; base != nullptr; base = base->base) {
        ++depth;
    }
    return depth;
}

void resolve_exception_bases(ResolveContext& context, FileContext& file)
{
    for (const auto& [tree, target] : file.exceptions) {
        if (tree->base) {
            target->base = find_as<model::Exception>(context, file, *tree->base, "an exception");
        }
    }
    const BaseWalk<ast::Exception, model::Exception> walk(
        context, file, file.exceptions, [](const model::Exception& exception) {
            return exception.base == nullptr ? std::vector<const model::Exception*>()
                                             : std::vector<const model::Exception*>{exception.base};
        });
    file.exceptions = walk.in_order();
    sort_like(file.module->exceptions, file.exceptions);
    for (const auto& [tree, target] : file.exceptions) {
        if (walk.cyclic().contains(target)) {
            target->base = nullptr;
        } else if (depth_of(*target) >= max_nesting) {
            context.error(Rule::inheritance_cycle, file, tree->name.span, "this is derived more than 64 deep");
            target->base = nullptr;
        }
    }
}

void report_too_many_bases(ResolveContext& context, const FileContext& file, const ast::Interface& tree)
{
    context.error(Rule::too_large, file, tree.name.span,
                  "an interface derives from 256 others at most, directly and indirectly");
}

void collect_bases(ResolveContext& context, const FileContext& file, const ast::Interface& tree,
                   model::Interface& target)
{
    std::set<const model::Interface*> seen;
    const auto add = [&](const model::Interface* base) {
        if (seen.insert(base).second) {
            target.all_bases.push_back(base);
        }
    };
    for (const model::Interface* base : target.bases) {
        std::for_each(base->all_bases.begin(), base->all_bases.end(), add);
        add(base);
        if (target.all_bases.size() > max_bases) {
            report_too_many_bases(context, file, tree);
            target.all_bases.clear();
            target.bases.clear();
            return;
        }
    }
}

void resolve_interface_bases(ResolveContext& context, FileContext& file)
{
    for (const auto& [tree, target] : file.interfaces) {
        if (tree->bases.size() > max_bases) {
            report_too_many_bases(context, file, *tree);
            continue;
        }
        for (const ast::Path& path : tree->bases) {
            const auto* base = find_as<model::Interface>(context, file, path, "an interface");
            if (base == nullptr) {
                continue;
            }
            if (std::find(target->bases.begin(), target->bases.end(), base) != target->bases.end()) {
                context.error(Rule::duplicate_base, file, path.span, in_quotes(path.text()) + " is named twice");
                continue;
            }
            target->bases.push_back(base);
        }
    }
    const BaseWalk<ast::Interface, model::Interface> walk(
        context, file, file.interfaces, [](const model::Interface& interface) { return interface.bases; });
    file.interfaces = walk.in_order();
    sort_like(file.module->interfaces, file.interfaces);
    for (const auto& [tree, target] : file.interfaces) {
        if (walk.cyclic().contains(target)) {
            target->bases.clear();
        }
        collect_bases(context, file, *tree, *target);
    }
}

}  // namespace

void resolve_bases(ResolveContext& context, FileContext& file)
{
    resolve_exception_bases(context, file);
    resolve_interface_bases(context, file);
}

}  // namespace remoting::idl
