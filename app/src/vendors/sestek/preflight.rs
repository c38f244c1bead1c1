//! What SESTEK would refuse in a data file, found before it is sent. Pure and streaming.
