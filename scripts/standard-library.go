// Prints what Go's standard library exports, as Go source without bodies: one part for each package, after a line
// `-- import/path`. The checker reads it where no toolchain is at hand. To make it again:
//
//	go run scripts/standard-library.go > src/check/go/syntax/generated/standard-library.txt
package main

import (
	"bufio"
	"fmt"
	"go/constant"
	"go/importer"
	"go/token"
	"go/types"
	"os"
	"os/exec"
	"sort"
	"strings"
)

// Left out: what programs cannot import, and formats of object files.
var leftOut = []string{"cmd", "vendor", "internal", "debug"}

func main() {
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	list, err := exec.Command("go", "list", "std").Output()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fset := token.NewFileSet()
	from := importer.ForCompiler(fset, "source", nil)
	for _, path := range strings.Fields(string(list)) {
		if isLeftOut(path) {
			continue
		}
		pkg, err := from.Import(path)
		if err != nil {
			fmt.Fprintln(os.Stderr, path, err)
			os.Exit(1)
		}
		(&printer{pkg: pkg, imports: map[string]string{}, seen: map[*types.TypeName]bool{}}).print(out)
	}
}

func isLeftOut(path string) bool {
	for _, part := range strings.Split(path, "/") {
		for _, name := range leftOut {
			if part == name {
				return true
			}
		}
	}
	return false
}

type printer struct {
	pkg     *types.Package
	imports map[string]string
	seen    map[*types.TypeName]bool
	pending []*types.TypeName
	lines   []string
}

func (p *printer) print(out *bufio.Writer) {
	scope := p.pkg.Scope()
	for _, name := range scope.Names() {
		if obj := scope.Lookup(name); obj.Exported() {
			p.object(obj)
		}
	}
	// Types without an exported name that something exported mentions.
	for len(p.pending) > 0 {
		next := p.pending[0]
		p.pending = p.pending[1:]
		p.object(next)
	}
	fmt.Fprintf(out, "-- %s\npackage %s\n", p.pkg.Path(), p.pkg.Name())
	var paths []string
	for path := range p.imports {
		paths = append(paths, path)
	}
	sort.Strings(paths)
	for _, path := range paths {
		fmt.Fprintf(out, "import %s %q\n", p.imports[path], path)
	}
	for _, line := range p.lines {
		fmt.Fprintln(out, line)
	}
}

func (p *printer) qualify(other *types.Package) string {
	if other == p.pkg {
		return ""
	}
	name := strings.NewReplacer("/", "_", ".", "_", "-", "_").Replace(other.Path())
	p.imports[other.Path()] = name
	return name
}

func (p *printer) text(t types.Type) string {
	p.mention(t, 0)
	return types.TypeString(t, p.qualify)
}

// mention notes the package's unexported types that a type names.
func (p *printer) mention(t types.Type, depth int) {
	if depth > 8 {
		return
	}
	switch t := t.(type) {
	case *types.Named:
		if obj := t.Obj(); obj.Pkg() == p.pkg && !obj.Exported() && !p.seen[obj] {
			p.seen[obj] = true
			p.pending = append(p.pending, obj)
		}
	case *types.Pointer:
		p.mention(t.Elem(), depth+1)
	case *types.Slice:
		p.mention(t.Elem(), depth+1)
	case *types.Array:
		p.mention(t.Elem(), depth+1)
	case *types.Chan:
		p.mention(t.Elem(), depth+1)
	case *types.Map:
		p.mention(t.Key(), depth+1)
		p.mention(t.Elem(), depth+1)
	case *types.Signature:
		for v := range t.Params().Variables() {
			p.mention(v.Type(), depth+1)
		}
		for v := range t.Results().Variables() {
			p.mention(v.Type(), depth+1)
		}
	}
}

func (p *printer) line(format string, args ...any) {
	p.lines = append(p.lines, fmt.Sprintf(format, args...))
}

func (p *printer) object(obj types.Object) {
	switch obj := obj.(type) {
	case *types.Const:
		// Thousands of numbers, others on each system.
		if p.pkg.Path() != "syscall" {
			p.constant(obj)
		}
	case *types.Var:
		p.line("var %s %s", obj.Name(), p.text(obj.Type()))
	case *types.Func:
		p.line("func %s%s", obj.Name(), strings.TrimPrefix(p.text(obj.Type()), "func"))
	case *types.TypeName:
		p.typeName(obj)
	}
}

func (p *printer) constant(obj *types.Const) {
	value := obj.Val().ExactString()
	if obj.Val().Kind() == constant.Float || obj.Val().Kind() == constant.Complex {
		value = obj.Val().String()
	}
	typ := ""
	if basic, ok := obj.Type().(*types.Basic); !ok || basic.Info()&types.IsUntyped == 0 {
		typ = " " + p.text(obj.Type())
	}
	p.line("const %s%s = %s", obj.Name(), typ, value)
}

func (p *printer) typeName(obj *types.TypeName) {
	if obj.IsAlias() {
		p.line("type %s = %s", obj.Name(), p.text(types.Unalias(obj.Type())))
		return
	}
	named, ok := obj.Type().(*types.Named)
	if !ok {
		return
	}
	p.line("type %s%s %s", obj.Name(), p.typeParams(named), p.underlying(named.Underlying()))
	if types.IsInterface(named) {
		return
	}
	p.methods(named)
}

func (p *printer) typeParams(named *types.Named) string {
	var parts []string
	for param := range named.TypeParams().TypeParams() {
		parts = append(parts, param.Obj().Name()+" "+p.text(param.Constraint()))
	}
	if parts == nil {
		return ""
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

func (p *printer) underlying(t types.Type) string {
	st, ok := t.(*types.Struct)
	if !ok {
		return p.text(t)
	}
	var fields []string
	for field := range st.Fields() {
		if !field.Exported() {
			continue
		}
		if field.Embedded() {
			fields = append(fields, p.text(field.Type()))
		} else {
			fields = append(fields, field.Name()+" "+p.text(field.Type()))
		}
	}
	return "struct{" + strings.Join(fields, "; ") + "}"
}

// methods prints the type's own methods, and those that unexported embedded fields bring.
func (p *printer) methods(named *types.Named) {
	set := types.NewMethodSet(types.NewPointer(named))
	for selection := range set.Methods() {
		method := selection.Obj().(*types.Func)
		if !method.Exported() || !p.isOwn(named, selection) {
			continue
		}
		receiver := named.Obj().Name()
		var params []string
		for param := range named.TypeParams().TypeParams() {
			params = append(params, param.Obj().Name())
		}
		if params != nil {
			receiver += "[" + strings.Join(params, ", ") + "]"
		}
		if types.NewMethodSet(named).Lookup(method.Pkg(), method.Name()) == nil {
			receiver = "*" + receiver
		}
		signature := selection.Type().(*types.Signature)
		p.line("func (%s) %s%s", receiver, method.Name(), strings.TrimPrefix(p.text(signature), "func"))
	}
}

func (p *printer) isOwn(named *types.Named, selection *types.Selection) bool {
	if len(selection.Index()) == 1 {
		return true
	}
	st, ok := named.Underlying().(*types.Struct)
	return ok && !st.Field(selection.Index()[0]).Exported()
}
