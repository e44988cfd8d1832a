"""One adult who looks at a stream of pictures, six per second, some of them faces.

The example of the Python package ssvepy 0.2 (MIT licence): 16 trials of 16 s, BioSemi, 64 channels
at 256 Hz. In eight trials every fifth picture is a face (codes 1xx); in the other eight, faces come
at random places that are not recorded (codes 2xx). The authors state neither the course of the
contrast nor the pictures, nor which of five is the face: the programs beside this file assume a
raised cosine, stand-ins for the pictures, and the first of five.
"""
