"""Names for made-up people. No real person is meant."""

_GIVEN = """
Aaliyah Abel Ada Adrián Aiden Aisha Alan Alejandra Alma Amara Amir Ana Andre Anita Anton Asha Ava Beatriz Ben
Bianca Brandon Caleb Camila Carmen Cassie Cora Dalia Damon Daniel Daria Deja Diego Dina Dominic Elena Eli
Elise Emeka Emilia Enzo Erin Esther Ethan Eva Farah Felix Fernanda Finn Gabriel Gia Grace Hana Hassan Hazel
Helen Henry Hugo Ian Ibrahim Ines Iris Isaac Ivy Jada Jamal James Jana Jasmine Javier Jayden Joel José Joy
Julia Kai Kamal Kara Keisha Kenji Kevin Kira Lamar Lara Layla Leo Liam Lila Lina Logan Lucía Luis Luna Maeve
Maia Malik Marco Maria Mateo Maya Mei Mia Miguel Milo Mina Mira Nadia Naomi Nate Nia Nico Noah Nora Odin Olive
Omar Owen Paige Pablo Petra Priya Quinn Rafael Ray Reina Renée Rhea Rosa Ruby Ruth Sadie Sam Santiago Sara
Sean Selma Simon Sofía Stella Tala Tariq Tessa Theo Tomás Uma Valeria Vera Victor Wade Willa Xavier Yara Yusuf
Zara Zeke Zoë
"""
_FAMILY = """
Abbott Aguilar Ahmed Allen Alvarez Anderson Bailey Baker Banks Barnes Begum Bell Bennett Brooks Brown Campbell
Carter Castillo Castro Chan Chávez Chen Clark Cole Collins Cook Cooper Cruz Davis Delgado Diallo Edwards Ellis
Evans Fisher Flores Foster García Gibson Gómez Gonzalez Gray Green Griffin Gupta Hall Hamilton Harris Hayes
Henry Hernández Hill Howard Hughes Ibarra Jackson James Jenkins Johnson Jones Kaur Kelly Kim King Kumar Lee
Lewis Lin Long López Marshall Martin Martínez Mason McDonald Medina Mendoza Miller Mitchell Moore Morales
Morgan Morris Murphy Myers Nelson Nguyen Núñez O'Brien Okafor Ortiz Owens Park Parker Patel Perez Perry
Peterson Phillips Pierce Powell Price Ramírez Reed Reyes Richardson Rivera Roberts Robinson Rodríguez Rogers
Romero Ross Ruiz Russell Sanders Scott Shah Silva Simmons Singh Smith Soto Stewart Sullivan Taylor Thomas
Thompson Torres Tran Turner Vargas Vásquez Walker Wallace Ward Washington Watson Webb White Williams Wilson
Wood Wright Yang Young Zhang
"""
GIVEN = _GIVEN.split()
FAMILY = _FAMILY.split()
