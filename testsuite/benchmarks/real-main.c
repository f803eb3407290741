/* SQLite's speedtest1 as a compartment: its main(), renamed, is called through a gate. */
int speedtest1_main(int argc, char **argv);

int main(int argc, char **argv)
{
	return speedtest1_main(argc, argv);
}
