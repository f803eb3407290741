# Of protocol.c: what decodes. Strings become arrays, which the compiler makes on the stack.
/^size_t pdu_read(/,/^}/{
	s/^size_t/static &/
	p
}
/^p9pdu_vreadf(/,/^}/{
	s/^p9pdu_vreadf(/static int &/
	s/"[^"]*"/(char []){ & }/
	p
}
/^int p9pdu_readf(/,/^}/{
	s/^int/static &/
	p
}
