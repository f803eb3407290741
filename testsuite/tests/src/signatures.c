/*
 * Makes functions of many signatures and says, for each, how the System V psABI for x86-64 (1.0,
 * section 3.2.3) has it called: an oracle for the compiler's records that shares no code with
 * any compiler. Sizes, alignments and classes are computed here from the psABI's text.
 *
 *   signatures records SEED COUNT   "NAME STACK-BYTES SRET-BYTES FLAGS", a line for each function
 *   signatures callees SEED COUNT   C: the functions; each checks the arguments that it gets
 *   signatures callers SEED COUNT   C: int call(int i), which calls function i through `through`
 *                                   and checks what comes back
 *
 * The same SEED and COUNT give the same functions.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Flags of a record that depend on the signature. */
enum {
	FLAG_VARIADIC = 1, FLAG_REGISTERS = 0x80,
	SHIFT_ALIGN = 8, SHIFT_INTEGERS = 12, SHIFT_VECTORS = 16,
	FLAG_RAX = 1 << 20, FLAG_RDX = 1 << 21, FLAG_XMM0 = 1 << 22, FLAG_XMM1 = 1 << 23,
	FLAG_ST0 = 1 << 24, FLAG_ST1 = 1 << 25,
};

enum class { NO_CLASS, INTEGER, SSE, SSEUP, X87, X87UP, COMPLEX_X87, MEMORY };
enum kind { VOID, SCALAR, VECTOR, ARRAY, STRUCT, UNION };
enum { EIGHTBYTES = 8, MEMBERS = 6 };

struct type {
	enum kind kind;
	const char *name;
	int size, align;
	enum class class[4];
	int lanes;		/* of a vector, which are of type element; elements of an array */
	const struct type *element;
	int members;		/* of a struct or union */
	const struct type *member[MEMBERS];
	int offset[MEMBERS];
	bool packed;
	int aligned;		/* the attribute's argument, or 0 */
	int number;
};

static const struct type void_type = { .kind = VOID, .name = "void" };
static const struct type scalars[] = {
	{ SCALAR, "char", 1, 1, { INTEGER } },
	{ SCALAR, "_Bool", 1, 1, { INTEGER } },
	{ SCALAR, "short", 2, 2, { INTEGER } },
	{ SCALAR, "int", 4, 4, { INTEGER } },
	{ SCALAR, "long", 8, 8, { INTEGER } },
	{ SCALAR, "unsigned long long", 8, 8, { INTEGER } },
	{ SCALAR, "__int128", 16, 16, { INTEGER, INTEGER } },
	{ SCALAR, "float", 4, 4, { SSE } },
	{ SCALAR, "double", 8, 8, { SSE } },
	{ SCALAR, "__float128", 16, 16, { SSE, SSEUP } },
	{ SCALAR, "long double", 16, 16, { X87, X87UP } },
	{ SCALAR, "_Complex float", 8, 4, { SSE, SSE } },
	{ SCALAR, "_Complex double", 16, 8, { SSE, SSE } },
	{ SCALAR, "_Complex long double", 32, 16, { COMPLEX_X87 } },
	{ VECTOR, "v2si", 8, 8, { SSE }, .lanes = 2 },
	{ VECTOR, "v4sf", 16, 16, { SSE, SSEUP }, .lanes = 4 },
	{ VECTOR, "v2di", 16, 16, { SSE, SSEUP }, .lanes = 2 },
};
enum { SCALARS = sizeof(scalars) / sizeof(scalars[0]) };

struct function {
	const struct type *result;
	const struct type *argument[20];
	int arguments;
	bool variadic;
};

static unsigned long state;

static int below(int n)
{
	state = state * 6364136223846793005ul + 1442695040888963407ul;
	return (int)((state >> 33) % (unsigned long)n);
}

static int round_up(int n, int to)
{
	return (n + to - 1) / to * to;
}

/* Fills in offsets, size and alignment of a struct or union as the psABI's 3.1.2 says. */
static void lay_out(struct type *t)
{
	int end = 0;

	t->align = 1;
	for (int i = 0; i < t->members; i++) {
		int align = t->packed ? 1 : t->member[i]->align;

		t->offset[i] = t->kind == UNION ? 0 : round_up(end, align);
		if (t->align < align)
			t->align = align;
		if (end < t->offset[i] + t->member[i]->size)
			end = t->offset[i] + t->member[i]->size;
	}
	if (t->align < t->aligned)
		t->align = t->aligned;
	t->size = round_up(end, t->align);
}

static struct type *declared[20000];
static int declarations;

static struct type *new_type(enum kind kind)
{
	struct type *t = calloc(1, sizeof(*t));

	if (!t)
		exit(2);
	t->kind = kind;
	return t;
}

static const struct type *array_of(const struct type *element, int n)
{
	struct type *t = new_type(ARRAY);

	t->element = element;
	t->lanes = n;
	t->size = n * element->size;
	t->align = element->align;
	return t;
}

static const struct type *some_type(int depth)
{
	struct type *t;

	if (depth == 3 || below(2 + depth))
		return &scalars[below(SCALARS)];
	t = new_type(below(6) ? STRUCT : UNION);
	/* A packed struct with a vector in it is nothing that a program can take members of. */
	t->packed = t->kind == STRUCT && !below(8);
	t->aligned = below(8) ? 0 : 16 << below(4);
	/* Most are small: large ones all go to memory. */
	t->members = t->kind == UNION ? 1 + below(3) : below(4) ? below(3) : below(MEMBERS + 1);
	for (int i = 0; i < t->members; i++) {
		do
			t->member[i] = some_type(depth + 1);
		while (t->packed && t->member[i]->kind != SCALAR);
		if (!below(5) && !t->packed)
			t->member[i] = array_of(t->member[i], 1 + below(4));
	}
	lay_out(t);
	if (declarations == (int)(sizeof(declared) / sizeof(declared[0])))
		exit(2);
	t->number = declarations;
	declared[declarations++] = t;
	return t;
}

static enum class merge(enum class a, enum class b)
{
	if (a == b || b == NO_CLASS)
		return a;
	if (a == NO_CLASS)
		return b;
	if (a == MEMORY || b == MEMORY)
		return MEMORY;
	if (a == INTEGER || b == INTEGER)
		return INTEGER;
	if (a == X87 || a == X87UP || a == COMPLEX_X87 || b == X87 || b == X87UP || b == COMPLEX_X87)
		return MEMORY;
	return SSE;
}

/* Merges the classes of t, which lies at offset, into class. False: MEMORY. */
static bool classify_at(const struct type *t, int offset, enum class *class)
{
	switch (t->kind) {
	case SCALAR:
	case VECTOR:
		if (offset % t->align)
			return false;
		if (t->class[0] == COMPLEX_X87)
			return false;	/* inside an aggregate, which is then too large */
		/* A complex float may lie across two eightbytes. */
		for (int i = offset / 8; i <= (offset + t->size - 1) / 8; i++)
			class[i] = merge(class[i], t->class[i - offset / 8]);
		return true;
	case ARRAY:
		for (int i = 0; i < t->lanes; i++)
			if (!classify_at(t->element, offset + i * t->element->size, class))
				return false;
		return true;
	default:
		for (int i = 0; i < t->members; i++)
			if (!classify_at(t->member[i], offset + t->offset[i], class))
				return false;
		return true;
	}
}

/* The classes of a value's eightbytes; class[0] is MEMORY if it goes there. Returns how many. */
static int classify(const struct type *t, enum class *class)
{
	int n = round_up(t->size, 8) / 8;

	memset(class, 0, EIGHTBYTES * sizeof(*class));
	if (t->kind == SCALAR && t->class[0] == COMPLEX_X87) {
		class[0] = COMPLEX_X87;
		return 1;
	}
	if (n > EIGHTBYTES || !classify_at(t, 0, class)) {
		class[0] = MEMORY;
		return 1;
	}
	for (int i = 0; i < n; i++)
		if (class[i] == MEMORY || (class[i] == X87UP && (i == 0 || class[i - 1] != X87))) {
			class[0] = MEMORY;
			return 1;
		}
	if (n > 2) {	/* vectors of more than 16 bytes are not in the table */
		class[0] = MEMORY;
		return 1;
	}
	for (int i = 0; i < n; i++)
		if (class[i] == SSEUP && (i == 0 || (class[i - 1] != SSE && class[i - 1] != SSEUP)))
			class[i] = SSE;
	return n;
}

/* The record as the psABI has it. */
static void print_record(const struct function *f, int number)
{
	int integers = 0, vectors = 0, stack = 0, align = 0, sret = 0, n;
	unsigned int flags = FLAG_REGISTERS | (f->variadic ? FLAG_VARIADIC : 0);
	enum class class[EIGHTBYTES];

	n = classify(f->result, class);
	if (n && class[0] == MEMORY) {
		sret = f->result->size;
		flags |= FLAG_RAX;
		integers = 1;
	} else {
		int result_integers = 0, result_vectors = 0;

		for (int i = 0; i < n; i++)
			switch (class[i]) {
			case INTEGER: flags |= result_integers++ ? FLAG_RDX : FLAG_RAX; break;
			case SSE: flags |= result_vectors++ ? FLAG_XMM1 : FLAG_XMM0; break;
			case X87: flags |= FLAG_ST0; break;
			case COMPLEX_X87: flags |= FLAG_ST0 | FLAG_ST1; break;
			default: break;
			}
	}
	for (int i = 0; i < f->arguments; i++) {
		const struct type *t = f->argument[i];
		int want_integers = 0, want_vectors = 0;
		bool memory = false;

		n = classify(t, class);
		for (int j = 0; j < n; j++)
			switch (class[j]) {
			case INTEGER: want_integers++; break;
			case SSE: want_vectors++; break;
			case MEMORY:
			case X87:
			case COMPLEX_X87: memory = true; break;
			default: break;
			}
		if (memory || integers + want_integers > 6 || vectors + want_vectors > 8) {
			int own = t->align < 8 ? 8 : t->align;

			stack = round_up(stack, own) + round_up(t->size, 8);
			align = align < own ? own : align;
		} else {
			integers += want_integers;
			vectors += want_vectors;
		}
	}
	if (align > 16)
		flags |= (unsigned int)(__builtin_ctz((unsigned int)align)) << SHIFT_ALIGN;
	flags |= (unsigned int)integers << SHIFT_INTEGERS | (unsigned int)vectors << SHIFT_VECTORS;
	printf("f%d %d %d 0x%x\n", number, stack, sret, flags);
}

static void print_type(const struct type *t)
{
	if (t->kind == STRUCT || t->kind == UNION)
		printf("%s t%d", t->kind == STRUCT ? "struct" : "union", t->number);
	else
		printf("%s", t->name);
}

static void print_declarations(void)
{
	printf("typedef int v2si __attribute__((vector_size(8)));\n"
	       "typedef float v4sf __attribute__((vector_size(16)));\n"
	       "typedef long v2di __attribute__((vector_size(16)));\n");
	for (int i = 0; i < declarations; i++) {
		const struct type *t = declared[i];

		if (t->kind == ARRAY)
			continue;
		printf("%s t%d {", t->kind == STRUCT ? "struct" : "union", i);
		for (int j = 0; j < t->members; j++) {
			const struct type *m = t->member[j];

			putchar(' ');
			print_type(m->kind == ARRAY ? m->element : m);
			printf(" m%d", j);
			if (m->kind == ARRAY)
				printf("[%d]", m->lanes);
			putchar(';');
		}
		printf(" }");
		if (t->packed)
			printf(" __attribute__((packed))");
		if (t->aligned)
			printf(" __attribute__((aligned(%d)))", t->aligned);
		printf(";\n_Static_assert(sizeof(%s t%d) == %d && _Alignof(%s t%d) == %d, \"layout\");\n",
		       t->kind == STRUCT ? "struct" : "union", i, t->size,
		       t->kind == STRUCT ? "struct" : "union", i, t->align);
	}
}

/* A number of its own for each leaf, small enough for a char and exact in a float. */
static int leaf;

/* For each leaf of the value called name: sets it, or returns code if it is not as set. */
static void print_leaves(const struct type *t, const char *name, bool set, int code)
{
	char member[200];

	switch (t->kind) {
	case VOID:
		return;
	case SCALAR:
		leaf = leaf % 120 + 1;
		if (set)
			printf("\t%s = (%s)%d;\n", name, t->name, leaf);
		else
			printf("\tif (%s != (%s)%d) return %d;\n", name, t->name, leaf, code);
		return;
	case VECTOR:
		for (int i = 0; i < t->lanes; i++) {
			leaf = leaf % 120 + 1;
			if (set)
				printf("\t%s[%d] = %d;\n", name, i, leaf);
			else
				printf("\tif (%s[%d] != %d) return %d;\n", name, i, leaf, code);
		}
		return;
	case ARRAY:
		for (int i = 0; i < t->lanes; i++) {
			snprintf(member, sizeof(member), "%s[%d]", name, i);
			print_leaves(t->element, member, set, code);
		}
		return;
	case UNION:
		/* The largest member: what lies beyond a smaller one need not arrive. */
		for (int i = 0; i < t->members; i++)
			if (t->member[i]->size * 2 > t->size || i == t->members - 1) {
				snprintf(member, sizeof(member), "%s.m%d", name, i);
				print_leaves(t->member[i], member, set, code);
				return;
			}
		return;
	case STRUCT:
		for (int i = 0; i < t->members; i++) {
			snprintf(member, sizeof(member), "%s.m%d", name, i);
			print_leaves(t->member[i], member, set, code);
		}
		return;
	}
}

static void print_prototype(const struct function *f, const char *name)
{
	print_type(f->result);
	printf(" %s(", name);
	for (int i = 0; i < f->arguments; i++) {
		printf("%s", i ? ", " : "");
		print_type(f->argument[i]);
		printf(" a%d", i);
	}
	printf("%s)", f->variadic ? ", ..." : f->arguments ? "" : "void");
}

/* The callee keeps in `bad` which argument was wrong, plus one. */
static void print_callee(const struct function *f, int number)
{
	char name[32];

	leaf = number;
	printf("static int check%d(", number);
	for (int i = 0; i < f->arguments; i++) {
		printf("%s", i ? ", " : "");
		print_type(f->argument[i]);
		printf(" *p%d", i);
	}
	printf("%s)\n{\n", f->arguments ? "" : "void");
	for (int i = 0; i < f->arguments; i++) {
		snprintf(name, sizeof(name), "(*p%d)", i);
		print_leaves(f->argument[i], name, false, i + 1);
		if (f->argument[i]->align > 16)
			printf("\tif ((unsigned long)p%d %% %d) return %d;\n", i, f->argument[i]->align, i + 1);
	}
	printf("\treturn 0;\n}\n");
	snprintf(name, sizeof(name), "f%d", number);
	print_prototype(f, name);
	printf("\n{\n");
	if (f->result->kind != VOID) {
		putchar('\t');
		print_type(f->result);
		printf(" r;\n");
	}
	printf("\tbad = check%d(", number);
	for (int i = 0; i < f->arguments; i++)
		printf("%s&a%d", i ? ", " : "", i);
	printf(");\n");
	if (f->result->kind != VOID) {
		print_leaves(f->result, "r", true, 0);
		printf("\treturn r;\n");
	}
	printf("}\n");
}

static void print_caller(const struct function *f, int number)
{
	char name[32];

	leaf = number;
	snprintf(name, sizeof(name), "f%d", number);
	print_prototype(f, name);
	printf(";\nstatic int call%d(void)\n{\n", number);
	for (int i = 0; i < f->arguments; i++) {
		snprintf(name, sizeof(name), "a%d", i);
		putchar('\t');
		print_type(f->argument[i]);
		printf(" %s;\n", name);
		print_leaves(f->argument[i], name, true, 0);
	}
	printf("\ttarget = (void *)f%d;\n\t", number);
	if (f->result->kind != VOID) {
		print_type(f->result);
		printf(" r = ");
	}
	printf("((__typeof__(&f%d))through)(", number);
	for (int i = 0; i < f->arguments; i++)
		printf("%sa%d", i ? ", " : "", i);
	printf(");\n\tif (bad) return bad;\n");
	print_leaves(f->result, "r", false, 100);
	printf("\treturn 0;\n}\n");
}

int main(int argc, char **argv)
{
	int count;
	struct function *f;

	if (argc != 4 || (count = atoi(argv[3])) <= 0 || !(f = calloc((size_t)count, sizeof(*f))))
		return 2;
	state = (unsigned long)atol(argv[2]);
	for (int i = 0; i < count; i++) {
		f[i].result = below(4) ? some_type(0) : &void_type;
		f[i].arguments = below(21);
		for (int j = 0; j < f[i].arguments; j++)
			f[i].argument[j] = some_type(0);
		f[i].variadic = f[i].arguments && !below(10);
	}
	if (!strcmp(argv[1], "records")) {
		for (int i = 0; i < count; i++)
			print_record(&f[i], i);
		return 0;
	}
	print_declarations();
	if (!strcmp(argv[1], "callees")) {
		printf("extern int bad;\n");
		for (int i = 0; i < count; i++)
			print_callee(&f[i], i);
		return 0;
	}
	printf("extern int bad;\nextern void *target;\nextern char through[];\n");
	for (int i = 0; i < count; i++)
		print_caller(&f[i], i);
	printf("int (*const calls[])(void) = {\n");
	for (int i = 0; i < count; i++)
		printf("\tcall%d,\n", i);
	printf("};\n");
	return 0;
}
