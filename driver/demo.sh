# shellcheck shell=bash
# shellcheck disable=SC2154

# Compiles an example with its own makefile, outside the checkout, and boots it.
demo() {
	local dir bin=$DESTDIR$prefix/bin
	dir=$(mktemp -d)
	cp -R "$here/examples/hello" "$dir/"
	echo "\$ make CC=$bin/$target-gcc"
	make -s -C "$dir/hello" CC="$bin/$target-gcc" || die "the example does not compile; it is kept in $dir"
	echo "\$ $bin/$target-run hello"
	"$bin/$target-run" "$dir/hello/hello" || die "the example ended with status $?; it is kept in $dir"
	rm -rf "$dir"
}
