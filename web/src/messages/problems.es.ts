/** The server's refusals in Spanish, by their code; `…Money` is a fact as an amount. */
import type { problemsEn } from './problems.en.ts'

export const problemsEs: Readonly<Record<keyof typeof problemsEn, string>> = {
  'problem.1000': 'No se pudo leer la solicitud.',
  'problem.1001': 'Parte de los datos no es correcta.',
  'problem.1010': 'Su sesión terminó. Inicie sesión de nuevo.',
  'problem.1011':
    'No puede hacer esto: se necesita el permiso “{resource}”. Pídalo a un administrador.',
  'problem.1012':
    'La solicitud vino de otro sitio y fue rechazada. Recargue la página e inténtelo de nuevo.',
  'problem.1020':
    'El servidor no conoce esta operación. Recargue la página: puede ser más antigua que el servidor.',
  'problem.1021': 'No hay una cuenta {accountId} en esta tienda.',
  'problem.1022': 'La cuenta no tiene la preautorización {transactionId}.',
  'problem.1023': 'No hay un título {invoiceId} aquí.',
  'problem.1024': 'La cuenta no tiene el titular adicional {holderId}.',
  'problem.1030': 'Es demasiado a la vez: {most} como máximo. Envíe menos por vez.',
  'problem.1031': 'El servidor no pudo aceptar la solicitud: el cuerpo no es JSON.',
  'problem.1032':
    'La solicitud es demasiado grande. Borre las cookies de este sitio e inténtelo de nuevo.',
  'problem.1099': 'Este comprador ya tiene una cuenta abierta.',
  'problem.1100':
    'La cuenta {accountId} está cerrada y solo puede consultarse. Abra una nueva para el comprador.',
  'problem.1101':
    'La cuenta está congelada ({reason}): acepta pagos, pero no compras nuevas. Descongélela antes.',
  'problem.1102':
    'La cuenta debe {owedMoney} y tiene {heldMoney} reservado. Ambos deben ser cero para cerrarla.',
  'problem.1103': 'El e-mail ya pertenece a la cuenta {accountId}. Quítelo de allí antes.',
  'problem.1104': 'El titular no puede quitarse. Cambie el e-mail de la cuenta.',
  'problem.1105': 'Una cuenta tiene {most} titulares adicionales como máximo. Quite uno antes.',
  'problem.1106':
    'El comprador no comparte esta cuenta. Agregue el e-mail como titular adicional antes.',
  'problem.1110':
    'Se pidieron {valueMoney} y pueden gastarse {spendableMoney}: faltan {shortfallMoney}.',
  'problem.1111': 'La preautorización terminó. Autorice el pedido de nuevo.',
  'problem.1112':
    '{settledMoney} de la preautorización ya se liquidaron. Cambie la liquidación o devuelva el valor.',
  'problem.1113': 'La preautorización está marcada para liquidarse y no puede cancelarse ahora.',
  'problem.1114':
    'Se pidieron {valueMoney}, y esta preautorización puede crecer hasta {mostMoney}. Autorice el resto por separado.',
  'problem.1115': 'No hay nada que liquidar. Para devolver el crédito, cancele la preautorización.',
  'problem.1116':
    'Se quitarían {lowerByMoney} y solo hay {openMoney} en títulos abiertos. Devuelva lo que fue pagado.',
  'problem.1117': '{refundedMoney} ya se devolvieron: la liquidación no puede ser menor que eso.',
  'problem.1118': 'Se pidieron {valueMoney} y quedan {refundableMoney} por devolver.',
  'problem.1119':
    'Una preautorización genera {most} títulos como máximo. Autorice el resto por separado.',
  'problem.1120':
    'El título no puede cambiar así. Primero hay que deshacer el pago; un título cancelado sigue cancelado.',
  'problem.1121':
    'El título es de {valueMoney} y solo quedan {refundableMoney} del pedido: cancelarlo daría crédito dos veces.',
  'problem.1122': 'La tienda no aplaza títulos. Actívelo en la configuración antes.',
  'problem.1123': 'Solo se aplazan títulos abiertos.',
  'problem.1124': 'La tienda permite {most} aplazamientos por título.',
  'problem.1125': 'Se pidieron {days} días y quedan {left}. Pida eso como máximo.',
  'problem.1130': 'Ya se registró un débito de {valueMoney} con este identificador. Use otro.',
  'problem.1131': 'Una cuenta puede deber {mostMoney} como máximo.',
  'problem.1132': 'Otra persona cambió esto mientras tanto: {fields}. Revise y decida de nuevo.',
  'problem.1140':
    'Esta solicitud ya se usó para otra cosa. Recargue la página e inténtelo de nuevo.',
  'problem.1141': 'La misma solicitud aún está en curso. Espere un momento y revise.',
  'problem.1150': 'Demasiadas solicitudes. Inténtelo de nuevo en {retryAfter_s} s.',
  'problem.1151': 'Demasiados intentos fallidos. Inténtelo de nuevo en {retryAfter_s} s.',
  'problem.1160':
    'El servidor está sobrecargado. No se hizo nada: inténtelo de nuevo en un momento.',
  'problem.1161':
    'La base de datos no responde. No se hizo nada: inténtelo de nuevo en un momento.',
  'problem.1162':
    'La base de datos se cayó durante la solicitud. Puede haberse hecho o no: repetir es seguro.',
  'problem.1170': 'Algo salió mal en el servidor. No se hizo nada.',
  'problem.1200': 'El archivo no puede usarse.',
  'problem.1201': 'Elija un archivo antes.',
  'problem.1202': 'El archivo no llegó como formulario. Recargue la página e inténtelo de nuevo.',
  'problem.1203': 'Un archivo puede tener {most} como máximo. Divídalo y envíe las partes.',
  'problem.1204': 'Se están enviando demasiados archivos. Envíelo de nuevo en un momento.',
  'problem.1210': 'No se pudo leer la fila.',
  'problem.1211':
    'La línea {line} del archivo trata de la misma cuenta o título. Conserve una de las dos.',
  'problem.1220': 'No hay importación ni exportación {jobId} en esta tienda.',
  'problem.1221': 'Ya terminó: no hay nada que detener.',
  'problem.1222': 'No hay nada que confirmar aquí.',
  'problem.1223': 'No hay nada que reintentar aquí.',
  'problem.1224':
    'Los datos cambiaron desde la vista previa (líneas {lines}). Envíe el archivo de nuevo y revíselo.',
  'problem.1225':
    'El enlace ya no abre el archivo. Abra la exportación de nuevo para obtener otro.',
  'problem.1226':
    '{count} filas coinciden y se dan {most} a la vez como máximo. Expórtelas a un archivo.',
  'problem.1300': 'Correo o contraseña incorrectos.',
  'problem.1301':
    'Demasiadas contraseñas incorrectas para este correo. Vuelva a intentarlo en {retryAfter_s} s.',
  'problem.1302': 'Esto es para personas que iniciaron sesión, no para programas.',
  'problem.1303': 'La contraseña actual es incorrecta; no se cambió.',
  'problem.1304': 'Esta tienda no tiene ese usuario.',
  'problem.1305': 'Ya hay un usuario con el correo {email}. Cambie ese, o actívelo de nuevo.',
  'problem.1306':
    'La tienda necesita un administrador y este es el único. Nombre antes a otra persona.',
  'problem.1307': 'Esta tienda no tiene la clave {appKey} vigente.',
  'problem.1308':
    'El proveedor de identidad no permitió la entrada. Empiece de nuevo en la página de inicio de sesión.',
  'problem.1309':
    'El proveedor de identidad lo conoce, esta tienda no. Pida a un administrador que cree o active su usuario.',
  'problem.1310':
    'No fue posible hablar con el proveedor de identidad. Vuelva a intentarlo en un momento, o entre con la contraseña.',
}
