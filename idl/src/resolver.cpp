// SPDX-License-Identifier: BSL-1.0
#include "resolver.hpp"

#include "cpp_names.hpp"
#include "order_structs.hpp"
#include "resolve_attributes.hpp"
#include "resolve_context.hpp"
#include "resolve_interfaces.hpp"
#include "resolve_values.hpp"

#include <filesystem>

namespace remoting::idl {

namespace {

constexpr std::size_t max_exception_fields = 255;

class Resolver final {
public:
    Resolver(const LoadedFiles& files, Diagnostics& diagnostics) : context_{diagnostics, {}, {}}, values_(context_)
    {
        for (const auto& loaded : files.files) {
            files_.push_back(make_file(*loaded));
        }
    }

    model::Program run()
    {
        for (const auto& file : files_) {
            context_.symbols.add_namespace(file->module->name_space);
        }
        for (const auto& file : files_) {
            declare_all(*file);
        }
        for (const auto& file : files_) {
            resolve_enum_types_and_constant_types(*file);
        }
        for (const auto& file : files_) {
            resolve_file(*file);
        }
        report_unknown_names(context_);
        return std::move(program_);
    }

private:
    std::unique_ptr<FileContext> make_file(const LoadedFile& loaded);
    void declare_all(FileContext& file);
    template <class Tree, class T>
    void declare(FileContext& file, const Tree& tree, std::vector<std::unique_ptr<T>>& targets,
                 std::vector<std::pair<const Tree*, T*>>& pairs);
    void add_symbol(const FileContext& file, const ast::Name& name, Symbol symbol);
    void resolve_enum_types_and_constant_types(FileContext& file);
    void resolve_attributes_of_declarations(FileContext& file);
    void resolve_file(FileContext& file);
    std::vector<model::Field> resolve_fields(const FileContext& file, const std::vector<ast::Field>& fields);
    void check_exception(const FileContext& file, const ast::Exception& tree, model::Exception& exception);

    ResolveContext context_;
    ValueResolver values_;
    model::Program program_;
    std::vector<std::unique_ptr<FileContext>> files_;
    std::map<const LoadedFile*, const FileContext*> by_loaded_;
};

std::unique_ptr<FileContext> Resolver::make_file(const LoadedFile& loaded)
{
    auto file = std::make_unique<FileContext>();
    auto module = std::make_unique<model::Module>();
    file->tree = &loaded.tree;
    file->module = module.get();
    file->incomplete = loaded.tree.lost_declarations || !loaded.tree.name_space;
    module->file_name = std::filesystem::path(loaded.tree.source->name()).filename().generic_string();
    if (loaded.tree.name_space) {
        for (const ast::Name& part : loaded.tree.name_space->parts) {
            module->name_space.push_back(part.text);
            module->cpp_name_space.push_back(cpp_namespace_part(part.text, module->cpp_name_space.empty()));
        }
    }
    for (std::size_t index = 0; index < loaded.imports.size(); ++index) {
        const auto imported = by_loaded_.find(loaded.imports[index]);
        if (imported == by_loaded_.end()) {
            file->incomplete = true;
            continue;
        }
        file->incomplete = file->incomplete || imported->second->incomplete;
        module->imports.push_back({loaded.tree.imports[index].path, imported->second->module});
    }
    by_loaded_.emplace(&loaded, file.get());
    program_.modules.push_back(std::move(module));
    return file;
}

void Resolver::add_symbol(const FileContext& file, const ast::Name& name, Symbol symbol)
{
    symbol.source = &file.source();
    symbol.span = name.span;
    if (is_built_in_name(name.text)) {
        context_.error(Rule::built_in_name, file, name.span, in_quotes(name.text) + " is the name of a built-in type");
        return;
    }
    const std::string qualified = qualified_name(file.module->name_space, name.text);
    if (context_.symbols.is_namespace(qualified)) {
        context_.error(Rule::duplicate_name, file, name.span, in_quotes(qualified) + " is a namespace too");
    } else if (!context_.symbols.add(file.module->name_space, name.text, symbol)) {
        const Symbol& other = *context_.symbols.find_exactly(qualified);
        context_.error(
            Rule::duplicate_name, file, name.span,
            in_quotes(name.text) + " is declared already, in " + place(*other.source, other.span, file.source()));
    }
}

template <class Tree, class T>
void Resolver::declare(FileContext& file, const Tree& tree, std::vector<std::unique_ptr<T>>& targets,
                       std::vector<std::pair<const Tree*, T*>>& pairs)
{
    auto target = std::make_unique<T>();
    target->name = {tree.name.text, cpp_type_name(tree.name.text), file.module, tree.name.span};
    target->doc = tree.doc;
    Symbol symbol;
    symbol.target = static_cast<const T*>(target.get());
    add_symbol(file, tree.name, symbol);
    pairs.emplace_back(&tree, target.get());
    targets.push_back(std::move(target));
}

void Resolver::declare_all(FileContext& file)
{
    struct Visitor {
        Resolver& resolver;
        FileContext& file;

        void operator()(const ast::Enum& tree) const
        {
            resolver.declare(file, tree, file.module->enums, file.enums);
            for (const ast::Enumerator& enumerator : tree.enumerators) {
                file.module->enums.back()->enumerators.push_back(
                    {enumerator.name.text, cpp_name(enumerator.name.text), {}, enumerator.doc, {}});
            }
        }
        void operator()(const ast::Struct& tree) const
        {
            resolver.declare(file, tree, file.module->structs, file.structs);
        }
        void operator()(const ast::Constant& tree) const
        {
            resolver.declare(file, tree, file.module->constants, file.constants);
        }
        void operator()(const ast::Exception& tree) const
        {
            resolver.declare(file, tree, file.module->exceptions, file.exceptions);
        }
        void operator()(const ast::Interface& tree) const
        {
            resolver.declare(file, tree, file.module->interfaces, file.interfaces);
        }
        void operator()(const ast::Unusable& tree) const { resolver.add_symbol(file, tree.name, {}); }
    };
    for (const ast::Declaration& declaration : file.tree->declarations) {
        std::visit(Visitor{*this, file}, declaration);
    }
}

void Resolver::resolve_enum_types_and_constant_types(FileContext& file)
{
    for (const auto& [tree, target] : file.enums) {
        if (!tree->underlying) {
            continue;
        }
        const model::Type type = resolve_type(context_, file, *tree->underlying);
        const auto* builtin = std::get_if<model::Builtin>(&type.kind);
        if (builtin != nullptr && *builtin >= model::Builtin::int8 && *builtin <= model::Builtin::uint64) {
            target->underlying = *builtin;
        } else if (!type.is<model::Unresolved>()) {
            context_.error(Rule::enum_type, file, tree->underlying->span,
                           "the values of an enum are integers, not " + in_quotes(to_string(type)));
        }
    }
    for (const auto& [tree, target] : file.constants) {
        target->type = resolve_type(context_, file, tree->type);
        values_.declare(file, *tree, *target);
    }
}

void Resolver::resolve_attributes_of_declarations(FileContext& file)
{
    const auto resolve = [&](const auto& pairs, Place place) {
        for (const auto& [tree, target] : pairs) {
            target->attributes = resolve_attributes(context_, file, tree->attributes, place).common;
        }
    };
    resolve(file.enums, Place::enumeration);
    resolve(file.structs, Place::structure);
    resolve(file.constants, Place::constant);
    resolve(file.exceptions, Place::exception);
    resolve(file.interfaces, Place::interface);
    for (const auto& [tree, target] : file.enums) {
        for (std::size_t index = 0; index < tree->enumerators.size(); ++index) {
            target->enumerators[index].attributes =
                resolve_attributes(context_, file, tree->enumerators[index].attributes, Place::enumerator).common;
        }
    }
}

void Resolver::resolve_file(FileContext& file)
{
    resolve_attributes_of_declarations(file);
    for (const auto& [tree, target] : file.enums) {
        if (tree->enumerators.empty() && !tree->is_broken) {
            context_.error(Rule::empty_enum, file, tree->name.span, "an enum has at least one value");
        }
        values_.resolve_enumerators(file, *tree, *target);
    }
    for (const auto& [tree, target] : file.constants) {
        values_.value_of(*target);
    }
    for (const auto& [tree, target] : file.structs) {
        target->fields = resolve_fields(file, tree->fields);
        for (model::Field& field : target->fields) {
            field.cpp_name = cpp_member_name(field.name, target->name.cpp);
        }
    }
    order_structs(context_, file);
    resolve_bases(context_, file);
    for (const auto& [tree, target] : file.exceptions) {
        target->fields = resolve_fields(file, tree->fields);
        for (model::Field& field : target->fields) {
            field.cpp_name = cpp_exception_field_name(field.name, target->name.cpp);
        }
        check_exception(file, *tree, *target);
    }
    resolve_members(context_, file);
}

std::vector<model::Field> Resolver::resolve_fields(const FileContext& file, const std::vector<ast::Field>& fields)
{
    std::vector<model::Field> resolved;
    NamesSeen seen(context_, file);
    for (const ast::Field& tree : fields) {
        seen.add(tree.name);
        model::Field field;
        field.name = tree.name.text;
        field.type = resolve_type(context_, file, tree.type);
        field.doc = tree.doc;
        field.attributes = resolve_attributes(context_, file, tree.attributes, Place::field).common;
        if (tree.value) {
            field.value = values_.resolve(file, *tree.value, field.type);
        }
        resolved.push_back(std::move(field));
    }
    return resolved;
}

void Resolver::check_exception(const FileContext& file, const ast::Exception& tree, model::Exception& exception)
{
    const std::vector<const model::Field*> inherited =
        exception.base == nullptr ? std::vector<const model::Field*>() : exception.base->all_fields();
    if (inherited.size() + exception.fields.size() > max_exception_fields) {
        context_.error(Rule::too_large, file, tree.name.span,
                       "an exception has 255 fields at most, with those it inherits");
        exception.fields.clear();
        return;
    }
    for (const model::Field* other : inherited) {
        if (other->cpp_name == exception.name.cpp) {
            context_.error(Rule::member_named_like_type, file, tree.name.span,
                           "an exception cannot have the name of a field it inherits");
        }
        for (const ast::Field& field : tree.fields) {
            if (field.name.text == other->name) {
                context_.error(Rule::duplicate_name, file, field.name.span,
                               in_quotes(field.name.text) + " is inherited from a base exception already");
            }
        }
    }
}

}  // namespace

model::Program resolve(const LoadedFiles& files, Diagnostics& diagnostics)
{
    return Resolver(files, diagnostics).run();
}

}  // namespace remoting::idl
