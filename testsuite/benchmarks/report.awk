# The tables of testsuite/bench.
#
# Variables: kernels (names, ring0 first), work (folder with NAME.out: "OPERATION INSTRUCTIONS" lines, and
# NAME.counts: what count.so saw, as many lines per operation as batches says), costs and json ("yes" or "no"), svg (file or "").

function read_results(kernel,   line, file, n, i, field, part, best, least) {
	file = work "/" kernel ".out"
	n = 0
	while ((getline line < file) > 0) {
		split(line, field, " ")
		names[++n] = field[1]
		result[kernel, n] = field[2]
	}
	close(file)
	operations = n
	file = work "/" kernel ".counts"
	for (n = 1; n <= operations; n++) {
		least = 0
		for (i = 0; i < batches; i++) {
			if ((getline line < file) <= 0)
				break
			split(line, field, /[ =]/)
			if (!least || field[2] < least) {
				least = field[2] + 0
				best = line
			}
		}
		split(best, field, " ")
		# The count of operations in a batch, from what both count.
		per = least / result[kernel, n]
		for (i = 1; i in field; i++) {
			split(field[i], part, "=")
			kinds[i] = part[1]
			count[kernel, n, part[1]] = part[2] / per
		}
		delete field
	}
	close(file)
}

# Ring 0 to a kernel without our patches; a ring-3 process on ours, or ring 0 with the key, to the same on one without.
function ours(kernel) { return kernel == "process" || kernel == "key" }

function ratio(n, kernel) {
	if (ours(kernel))
		return result[kernel, n] / result["ring3", n]
	return result["ring0", n] / result[kernel, n]
}

function has_ratio(kernel) { return kernel != "ring0" && (!ours(kernel) || ("ring3", 1) in result) }

# Cycles beyond the one that every instruction is taken for: the prices' sum.
function cycles(kernel, n,   sum, i) {
	sum = result[kernel, n]
	for (i in price)
		sum += price[i] * count[kernel, n, i]
	return sum
}

function text_table(   n, i, k) {
	printf "%-20s", "instructions"
	for (i = 1; i <= count_kernels; i++)
		printf " %12s%s", kernel[i], (has_ratio(kernel[i]) ? "  ratio" : "")
	printf "\n"
	for (n = 1; n <= operations; n++) {
		printf "%-20s", names[n]
		for (i = 1; i <= count_kernels; i++)
			printf " %12.1f%s", result[kernel[i], n], (has_ratio(kernel[i]) ? sprintf("  %5.2f", ratio(n, kernel[i])) : "")
		printf "\n"
	}
}

function cost_table(   n, i, j, line, seen) {
	printf "\nSlow instructions per operation, and estimated cycles (doc/performance.md has the prices)\n"
	for (n = 1; n <= operations; n++) {
		printf "%s\n", names[n]
		for (i = 1; i <= count_kernels; i++) {
			line = ""
			for (j = 2; j in kinds; j++)
				if (count[kernel[i], n, kinds[j]] >= 0.005)
					line = line sprintf(" %s %.2f", kinds[j], count[kernel[i], n, kinds[j]])
			printf "  %-10s %9.0f cycles:%s\n", kernel[i], cycles(kernel[i], n), line
		}
	}
}

function json_table(   n, i, j, sep) {
	printf "{\n"
	for (n = 1; n <= operations; n++) {
		printf "  \"%s\": {", names[n]
		for (i = 1; i <= count_kernels; i++) {
			printf "%s\n    \"%s\": { \"instructions\": %.1f, \"estimated_cycles\": %.0f", (i > 1 ? "," : ""), kernel[i],
				result[kernel[i], n], cycles(kernel[i], n)
			for (j = 2; j in kinds; j++)
				printf ", \"%s\": %.3f", kinds[j], count[kernel[i], n, kinds[j]]
			printf " }"
		}
		printf "\n  }%s\n", (n < operations ? "," : "")
	}
	printf "}\n"
}

# bar(FILE, Y, HEIGHT, COLOUR, KERNEL, N): one of the plot, with its ratio and what that is made of.
function bar(file, y, height, colour, kernel, n,   r) {
	r = ratio(n, kernel == "process" ? kernel : "ring3")
	printf "<rect x=\"180\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>\n", y, width * r, height, colour > file
	printf "<text x=\"%.1f\" y=\"%d\">%.2f (%.0f / %.0f)</text>\n", 186 + width * r, y + height - 3, r,
		result[kernel, n], result["ring3", n] > file
}

# Bars of the ratios to ring 3 with mitigations off; the line is 1.
function plot(file,   n, y, row, both) {
	width = 400
	both = ("process", 1) in result
	row = both ? 40 : 22
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"760\" height=\"%d\" font-family=\"sans-serif\" font-size=\"13\">\n",
		60 + row * operations > file
	printf "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n" > file
	printf "<text x=\"180\" y=\"24\">instructions per operation / ring 3 without our patches (mitigations off):" > file
	printf " <tspan fill=\"#4878a8\">ring 0</tspan>%s</text>\n", (both ? ", <tspan fill=\"#a87848\">ring-3 process</tspan>" : "") > file
	for (n = 1; n <= operations; n++) {
		y = 40 + row * (n - 1)
		printf "<text x=\"170\" y=\"%d\" text-anchor=\"end\">%s</text>\n", y + 13, names[n] > file
		bar(file, y, 16, "#4878a8", "ring0", n)
		if (both)
			bar(file, y + 17, 16, "#a87848", "process", n)
	}
	printf "<line x1=\"%d\" x2=\"%d\" y1=\"36\" y2=\"%d\" stroke=\"black\" stroke-dasharray=\"3 3\"/>\n</svg>\n",
		180 + width, 180 + width, 44 + row * operations > file
	close(file)
}

BEGIN {
	# Cycles beyond the one; doc/performance.md has the sources.
	price["syscall"] = 35
	price["sysret"] = 35
	price["iret"] = 330
	price["swapgs"] = 26
	price["wrmsr"] = 144
	price["cr3"] = 186
	price["wrpkru"] = 27
	price["xsave"] = 63
	price["xrstor"] = 116
	price["locked"] = 18
	price["popf"] = 21
	price["cli-sti"] = 3
	price["verw"] = 67
	price["invlpg"] = 200
	count_kernels = split(kernels, kernel, " ")
	for (i = 1; i <= count_kernels; i++)
		read_results(kernel[i])
	if (json == "yes") {
		json_table()
	} else {
		text_table()
		if (costs == "yes")
			cost_table()
	}
	if (svg != "")
		plot(svg)
}
