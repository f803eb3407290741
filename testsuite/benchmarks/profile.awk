# Instructions per function, of the fastest batch.
#
# Input: lines of nm, "profile", then count.so's profile: "ADDRESS COUNT" lines, a batch per paragraph.
# Variable count: operations per batch.

# Addresses have more bits than a number of awk has: as text of equal length they sort well.
function pad(text) {
	text = sprintf("%16s", text)
	gsub(/ /, "0", text)
	return text
}

function finish(   total, a) {
	total = 0
	for (a in batch)
		total += batch[a]
	if (total && (!least || total < least)) {
		least = total
		delete best
		for (a in batch)
			best[a] = batch[a]
	}
	delete batch
}

$1 == "profile" { counts = 1; next }
!counts { symbol[pad($1)] = $3; next }
NF == 0 { finish(); next }
{ batch[pad($1)] = $2 }

END {
	n = asorti(symbol, sorted)
	for (a in best) {
		low = 1
		high = n
		while (low < high) {
			middle = int((low + high + 1) / 2)
			if (sorted[middle] <= a)
				low = middle
			else
				high = middle - 1
		}
		sum[symbol[sorted[low]]] += best[a]
	}
	printf "%9.1f total\n", least / count
	for (a in sum)
		if (sum[a] / count >= 0.5)
			printf "%9.1f %s\n", sum[a] / count, a
}
