# awk -F : -v objdump=OBJDUMP -v image=IMAGE -v head=END -v left=LEFT -f kernel-chance.awk FUNCTIONS MATCHES: places of calls and jumps for the table
# ukl_key_chance, four bytes each as printf takes them. FUNCTIONS has the addresses of the functions of IMAGE in
# ascending order, MATCHES "OFFSET:BYTES" lines of what is one of those instructions in the kernel's text, or by chance looks so.
# Other instructions that have one within them become lines of LEFT. What is below END is erased at boot.

function hex(number, digits) {
	return sprintf("%0" digits "x", number)
}

# All addresses begin with ffffffff, so the last eight digits do, as a number that awk can hold.
function low(address,   i, n) {
	for (i = length(address) - 7; i <= length(address); i++)
		n = n * 16 + index("0123456789abcdef", substr(address, i, 1)) - 1
	return n
}

# One of the four of PLACE's distance from the text's begin
function byte(i) {
	return hex(int((place - 2164260864) / 256 ^ i) % 256, 2)
}

BEGIN { head = low(head) }

FILENAME == ARGV[1] { function_at[++functions] = low($1); next }

{
	at = 2164260864 + $1	# 0x81000000: where the kernel's text begins
	while (next_function < functions && function_at[next_function + 1] <= at)
		next_function++
	command = objdump " -d --start-address=0xffffffff" hex(function_at[next_function], 8) \
		" --stop-address=0xffffffff" hex(at + 16, 8) " " image
	found = ""
	while ((command | getline line) > 0) {
		# Not what a line above goes on with
		if (line !~ /^ffffffff[0-9a-f]*:\t.*\t/)
			continue
		here = low(substr(line, 1, 16))
		if (here > at)
			break
		found = line
		place = here
	}
	close(command)
	# The instruction itself, with prefixes: REX.W, GS, and what makes it as long as the call that is put there
	if (place >= at || at < head || found ~ /:\t(3e |48 |65 )+0f /)
		next
	# CALL or JMP with a distance of four bytes
	if (at < place + 5 && found ~ /:\te[89] /)
		printf "\\x%s\\x%s\\x%s\\x%s", byte(0), byte(1), byte(2), byte(3)
	else
		print found >left
}
