/* The library's own headers are C++; CSentencePiece includes them itself. This module only links. */
