// SPDX-License-Identifier: BSL-1.0
#include "resolver.hpp"

#include "check_generics.hpp"
#include "cpp_names.hpp"
#include "order_structs.hpp"
#include "resolve_attributes.hpp"
#include "resolve_context.hpp"
#include "resolve_interfaces.hpp"
#include "resolve_values.hpp"

#include <algorithm>
#include <filesystem>

namespace remoting::idl {

namespace {

constexpr std::size_t max_exception_fields = 255;
constexpr std::size_t max_alternatives = 255;
constexpr std::size_t max_type_parameters = 16;

class Resolver final {
public:
    Resolver(const LoadedFiles& files, Diagnostics& diagnostics) : context_{diagnostics}, values_(context_)
    {
        context_.values = &values_;
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
        if (context_.diagnostics.is_full()) {
            return std::move(program_);
        }
        for (const auto& file : files_) {
            resolve_attributes_of_declarations(*file);
        }
        for (const auto& file : files_) {
            resolve_enum_types_and_constant_types(*file);
        }
        for (const auto& file : files_) {
            resolve_file(*file);
        }
        report_unknown_names(context_);
        if (!context_.diagnostics.has_errors()) {
            report_unused_imports(*files_.back());
        }
        return std::move(program_);
    }

private:
    std::unique_ptr<FileContext> make_file(const LoadedFile& loaded);
    void declare_all(FileContext& file);
    template <class Tree, class T>
    void declare(FileContext& file, const Tree& tree, std::vector<std::unique_ptr<T>>& targets,
                 std::vector<std::pair<const Tree*, T*>>& pairs);
    void add_symbol(const FileContext& file, const ast::Name& name, Symbol symbol);
    void declare_constants(FileContext& file, const ast::Interface& tree, model::Interface& target);
    void resolve_enum_types_and_constant_types(FileContext& file);
    void resolve_attributes_of_declarations(FileContext& file);
    void resolve_file(FileContext& file);
    void report_unused_imports(const FileContext& file);
    void resolve_struct(const FileContext& file, const ast::Struct& tree, model::Struct& target);
    std::vector<model::Field> resolve_fields(const FileContext& file, const std::vector<ast::Field>& fields,
                                             const std::vector<std::string>& parameters);
    void resolve_values(const FileContext& file, const std::vector<ast::Field>& trees,
                        std::vector<model::Field>& fields);
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

void Resolver::declare_constants(FileContext& file, const ast::Interface& tree, model::Interface& target)
{
    NamesSeen seen(context_, file);
    std::vector<std::string> scope = file.module->name_space;
    scope.push_back(tree.name.text);
    for (const ast::Constant& constant : tree.constants) {
        if (!seen.add(constant.name)) {
            continue;
        }
        auto declared = std::make_unique<model::Constant>();
        declared->name = {constant.name.text, cpp_constant_name(constant.name.text, target.name.cpp), file.module,
                          constant.name.span};
        declared->doc = constant.doc;
        Symbol symbol;
        symbol.target = static_cast<const model::Constant*>(declared.get());
        symbol.source = &file.source();
        symbol.span = constant.name.span;
        context_.symbols.add(scope, constant.name.text, symbol);
        file.constants.emplace_back(&constant, declared.get());
        file.constant_owners.emplace(declared.get(), tree.name.text);
        target.constants.push_back(std::move(declared));
    }
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
            model::Struct& target = *file.structs.back().second;
            target.is_variant = tree.is_variant;
            if (tree.is_variant) {
                target.name.cpp = cpp_variant_name(tree.name.text);
            }
            for (const ast::Name& parameter : tree.parameters) {
                target.parameters.push_back(parameter.text);
            }
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
            resolver.declare_constants(file, tree, *file.interfaces.back().second);
        }
        void operator()(const ast::Native& tree) const
        {
            resolver.declare(file, tree, file.module->natives, file.natives);
        }
    };
    for (const ast::Declaration& declaration : file.tree->declarations) {
        if (context_.diagnostics.is_full()) {
            return;
        }
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
        const auto owner = file.constant_owners.find(target);
        values_.declare(file, *tree, *target, owner == file.constant_owners.end() ? "" : owner->second);
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
    for (const auto& [tree, target] : file.structs) {
        const Place place = tree->is_variant ? Place::variant : Place::structure;
        target->attributes = resolve_attributes(context_, file, tree->attributes, place).common;
    }
    resolve(file.constants, Place::constant);
    resolve(file.exceptions, Place::exception);
    resolve(file.interfaces, Place::interface);
    for (const auto& [tree, target] : file.natives) {
        const std::size_t errors = context_.diagnostics.error_count();
        const AttributeValues values = resolve_attributes(context_, file, tree->attributes, Place::native);
        target->attributes = values.common;
        target->cpp_type = values.cpp_type;
        target->header = values.cpp_header;
        const bool was_reported = context_.diagnostics.error_count() != errors;
        if (!was_reported && (values.cpp_type.empty() || values.cpp_header.empty())) {
            context_.error(Rule::native, file, tree->name.span,
                           "a native type says what it is in C++: [cpp(type = \"geo::Matrix\", header = "
                           "\"geo/matrix.hpp\")]");
        }
    }
    for (const auto& [tree, target] : file.enums) {
        for (std::size_t index = 0; index < tree->enumerators.size(); ++index) {
            target->enumerators[index].attributes =
                resolve_attributes(context_, file, tree->enumerators[index].attributes, Place::enumerator).common;
        }
    }
}

void Resolver::resolve_file(FileContext& file)
{
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
        resolve_struct(file, *tree, *target);
    }
    check_generics(context_, file);
    order_structs(context_, file);
    resolve_bases(context_, file);
    for (const auto& [tree, target] : file.exceptions) {
        target->fields = resolve_fields(file, tree->fields, {});
        for (model::Field& field : target->fields) {
            field.cpp_name = cpp_exception_field_name(field.name, target->name.cpp);
        }
        check_exception(file, *tree, *target);
    }
    // What fields hold when nobody says anything: the values of structs are written by their fields.
    for (const auto& [tree, target] : file.structs) {
        resolve_values(file, tree->fields, target->fields);
    }
    for (const auto& [tree, target] : file.exceptions) {
        resolve_values(file, tree->fields, target->fields);
    }
    resolve_members(context_, file);
}

// Of the file that is compiled: those it imports are compiled by themselves.
void Resolver::report_unused_imports(const FileContext& file)
{
    for (const ast::Import& import : file.tree->imports) {
        const auto index = static_cast<std::size_t>(&import - file.tree->imports.data());
        std::set<const model::Module*> reached;
        std::vector<const model::Module*> open = {file.module->imports[index].module};
        while (!open.empty()) {
            const model::Module* module = open.back();
            open.pop_back();
            if (reached.insert(module).second) {
                for (const model::Import& inner : module->imports) {
                    open.push_back(inner.module);
                }
            }
        }
        const bool is_used = std::any_of(files_.begin(), files_.end(), [&](const auto& other) {
            return reached.contains(other->module) && file.used.contains(&other->source());
        });
        if (!is_used) {
            context_.diagnostics.warning(Rule::unused_import, file.source(), import.span,
                                         "nothing of " + in_quotes(import.path) + " is used");
        }
    }
}

void Resolver::resolve_struct(const FileContext& file, const ast::Struct& tree, model::Struct& target)
{
    NamesSeen seen(context_, file);
    for (const ast::Name& parameter : tree.parameters) {
        seen.add(parameter);
        if (is_built_in_name(parameter.text)) {
            context_.error(Rule::built_in_name, file, parameter.span,
                           in_quotes(parameter.text) + " is the name of a built-in type");
        }
    }
    if (!tree.parameters.empty() && tree.name.text == "stream") {
        context_.error(Rule::built_in_name, file, tree.name.span, "'stream<T>' is a built-in type");
    }
    if (tree.parameters.size() > max_type_parameters) {
        context_.error(Rule::too_large, file, tree.name.span, "a struct has 16 type parameters at most");
    }
    target.fields = resolve_fields(file, tree.fields, target.parameters);
    for (model::Field& field : target.fields) {
        field.cpp_name = target.is_variant ? cpp_alternative_name(field.name, target.name.cpp)
                                           : cpp_member_name(field.name, target.name.cpp);
    }
    for (const ast::Name& parameter : tree.parameters) {
        target.cpp_parameters.push_back(cpp_type_parameter_name(parameter.text, target));
    }
    if (!target.is_variant) {
        return;
    }
    const bool is_empty = std::all_of(target.fields.begin(), target.fields.end(),
                                      [](const model::Field& field) { return field.is_reserved; });
    if (is_empty || target.fields.size() > max_alternatives) {
        context_.error(Rule::variant, file, tree.name.span, "a variant has 1 to 255 alternatives");
    } else if (target.fields.front().is_reserved) {
        context_.error(Rule::variant, file, tree.fields.front().name.span,
                       "the first alternative is what a new variant holds; it cannot be reserved");
    }
}

std::vector<model::Field> Resolver::resolve_fields(const FileContext& file, const std::vector<ast::Field>& fields,
                                                   const std::vector<std::string>& parameters)
{
    std::vector<model::Field> resolved;
    NamesSeen seen(context_, file);
    for (const ast::Field& tree : fields) {
        seen.add(tree.name);
        model::Field field;
        field.name = tree.name.text;
        field.type = resolve_type(context_, file, tree.type, parameters);
        field.is_reserved = tree.is_reserved;
        field.doc = tree.doc;
        field.attributes = resolve_attributes(context_, file, tree.attributes, Place::field).common;
        resolved.push_back(std::move(field));
    }
    return resolved;
}

void Resolver::resolve_values(const FileContext& file, const std::vector<ast::Field>& trees,
                              std::vector<model::Field>& fields)
{
    for (std::size_t index = 0; index < fields.size(); ++index) {
        if (!trees[index].value) {
            continue;
        }
        if (trees[index].is_reserved) {
            context_.error(Rule::no_default, file, trees[index].value->span, "what is reserved has no value");
        } else {
            fields[index].value = values_.resolve(file, *trees[index].value, fields[index].type);
        }
    }
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
