# perl batch-results.pl QUEUE SIDE STATUS <OUTPUT-OF-THE-RUNNER: "ID<tab>STATUS<tab>MILLISECONDS" lines. The tests' outputs
# become QUEUE/ID.SIDE. The machine's exit STATUS says what became of a test that has no end; its console
# is QUEUE/console.
use strict;
use warnings;

my ($queue, $side, $machine) = @ARGV;
my $running = '';

sub keep {
	my ($name, $text) = @_;
	mkdir "$queue/kept";
	open(my $out, '>>', "$queue/kept/$name") or die "$queue/kept/$name: $!\n";
	print $out $text;
	close($out);
}

binmode(STDIN);
while (my $line = <STDIN>) {
	if ($line =~ /^START (\S+)$/) {
		$running = $1;
	} elsif ($line =~ /^END (\S+) (\S+) (\d+) (\d+) (\d+)$/) {
		my ($id, $status, $time, $bytes, $complaints, $text) = ($1, $2, $3, $4, $5, '');
		my $got = read(STDIN, $text, $bytes);
		last if !defined($got) || $got < $bytes;
		<STDIN>;
		open(my $out, '>', "$queue/$id.$side") or die "$queue/$id.$side: $!\n";
		print $out $text;
		close($out);
		if ($complaints) {
			my $log = '';
			$log .= <STDIN> // '' for 1 .. $complaints;
			keep("$id.$side.kernel", $log);
			$status = 'kernel';
		}
		print "$id\t$status\t$time\n";
		$running = '';
	}
}
if ($running ne '') {
	my $status = $machine == 124 ? 'hang' : 'panic';
	open(my $in, '<', "$queue/console") or die "$queue/console: $!\n";
	local $/;
	keep("$running.$side.console", "exit status of the machine: $machine\n" . <$in>);
	print "$running\t$status\t0\n";
}
